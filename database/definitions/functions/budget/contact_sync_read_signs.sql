-- Reads what the process saw of a call before it was hashed, all of it optional:
-- how many numbers it could not read (rejected), how many it looked at and how many
-- of these have a near neighbour among them (numbers, neighbours), and when the
-- account was made (account_created_at). NULL, or an absent key: unknown. What a
-- call has removed before it adds goes with them (removed).
create function contact_sync_read_signs(
  p_signs jsonb,
  out rejected           integer,
  out neighbours         integer,
  out numbers            integer,
  out account_created_at timestamptz,
  out removed            integer)
language plpgsql stable
set search_path from current
as $$
begin
  if p_signs is null then
    return;
  end if;
  begin
    rejected := (p_signs ->> 'rejected')::integer;
    neighbours := (p_signs ->> 'neighbours')::integer;
    numbers := (p_signs ->> 'numbers')::integer;
    removed := (p_signs ->> 'removed')::integer;
    account_created_at := (p_signs ->> 'account_created_at')::timestamptz;
  exception
    when data_exception then
      rejected := -1;
  end;
  if jsonb_typeof(p_signs) <> 'object' or least(rejected, neighbours, numbers, removed) < 0 or neighbours > numbers
     or not isfinite(account_created_at)
  then
    raise exception using
      errcode = 'YC001',
      message = 'INVALID_ARGUMENT: p_signs is not what it should be',
      hint = 'An object of rejected, neighbours and numbers (whole numbers from 0, neighbours no more than numbers) and account_created_at (a time).';
  end if;
end
$$;
