-- The user a request acts for: the claim "sub" of request.jwt.claims, as
-- PostgREST and Supabase set it. NULL when there is none, when it is no UUID,
-- or when the user is an anonymous sign-in.
-- For every signed-in user and service_role.
create function contact_sync_subject()
returns uuid
language plpgsql stable
set search_path from current
as $$
declare
  v_claims jsonb;
begin
  v_claims := nullif(current_setting('request.jwt.claims', true), '')::jsonb;
  if coalesce(v_claims ->> 'is_anonymous', 'false') <> 'false' then
    return null;
  end if;
  return (v_claims ->> 'sub')::uuid;
exception
  when invalid_text_representation then
    return null;
end
$$;
