-- Phone hashes as text → phone keys as uuid, in the order given.
--
-- A hash is 32 hex characters, or a whole SHA-256 of 64, which is cut. The
-- first one that is neither refuses the whole call by its position, counted
-- from 0; its value is never quoted, because it may be somebody's number.
create function contact_sync_parse_hashes(p_phone_hashes text[])
returns uuid[]
language plpgsql immutable
set search_path from current
as $$
declare
  v_keys     uuid[];
  v_position bigint;
begin
  -- uuid's input would also take hyphens and braces, but not within 32
  -- characters, as it wants 32 digits. Both halves of 64 are cast, so that the
  -- half that is cut off is checked as well. A cast costs a quarter of a
  -- regular expression, so the position of a fault is looked for only when
  -- there is one.
  begin
    v_keys := array(
      select case octet_length(h.hash)
               when 32 then h.hash::uuid
               when 64 then case when right(h.hash, 32)::uuid is not null then left(h.hash, 32)::uuid end
             end
        from pg_catalog.unnest(p_phone_hashes) with ordinality as h (hash, position)
       order by h.position);

    if pg_catalog.array_position(v_keys, null) is null then
      return v_keys;
    end if;
  exception
    when invalid_text_representation then null; -- to the search below
  end;

  select min(h.position) - 1
    into v_position
    from pg_catalog.unnest(p_phone_hashes) with ordinality as h (hash, position)
   where h.hash is null
      or h.hash !~ '^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{64})$';

  raise exception using
    errcode = 'YC004',
    message = pg_catalog.format('INVALID_PHONE_HASH: the phone hash at position %s is not 32 or 64 hex characters', v_position),
    detail = pg_catalog.json_build_object('position', v_position)::text,
    hint = 'A phone hash is the first 16 bytes of SHA-256 over the E.164 number, in hex. Nothing was written.';
end
$$;
