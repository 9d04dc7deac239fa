-- Finds the first item of a bulk insert that can't be read and refuses the call
-- with its position, counted from 0, and the field. Only called when the set as
-- a whole did not parse, so it may go item by item; it never quotes a value.
create function contact_sync_refuse_items(p_contacts jsonb)
returns void
language plpgsql stable
set search_path from current
as $$
declare
  v_item     jsonb;
  v_position bigint;
  v_field    text;
  v_read     contact_batch_item;
begin
  for v_item, v_position in
    select i.item, i.position - 1
      from jsonb_array_elements(p_contacts) with ordinality as i (item, position)
     order by i.position
  loop
    if jsonb_typeof(v_item) <> 'object' then
      raise exception using
        errcode = 'YC005',
        message = pg_catalog.format('INVALID_CONTACT: the contact at position %s is not an object', v_position),
        detail = pg_catalog.json_build_object('position', v_position)::text,
        hint = 'Each contact is an object with owner_id and phone_hash. Nothing was written.';
    end if;

    foreach v_field in array array['owner_id', 'is_favorite', 'linked_user_id', 'last_interaction'] loop
      begin
        v_read := pg_catalog.jsonb_populate_record(null::contact_batch_item, pg_catalog.jsonb_build_object(v_field, v_item -> v_field));
        if v_field = 'owner_id' and v_read.owner_id is null then
          raise exception using errcode = 'null_value_not_allowed';
        end if;
        if v_field = 'last_interaction' and not isfinite(v_read.last_interaction) then
          raise exception using errcode = 'datetime_field_overflow';
        end if;
      exception
        when data_exception then
          raise exception using
            errcode = 'YC005',
            message = pg_catalog.format('INVALID_CONTACT: the contact at position %s has no usable %s', v_position, v_field),
            detail = pg_catalog.json_build_object('position', v_position)::text,
            hint = pg_catalog.format('%s must be %s. Nothing was written.', v_field,
                          case v_field
                            when 'owner_id' then 'a UUID'
                            when 'is_favorite' then 'true, false, null or absent'
                            when 'linked_user_id' then 'a UUID, null or absent'
                            else 'a finite ISO 8601 time, null or absent'
                          end);
      end;
    end loop;

    if coalesce(v_item ->> 'phone_hash', '') !~ '^([0-9A-Fa-f]{32}|[0-9A-Fa-f]{64})$' then
      raise exception using
        errcode = 'YC004',
        message = pg_catalog.format('INVALID_PHONE_HASH: the phone hash at position %s is not 32 or 64 hex characters', v_position),
        detail = pg_catalog.json_build_object('position', v_position)::text,
        hint = 'A phone hash is the first 16 bytes of SHA-256 over the E.164 number, in hex. Nothing was written.';
    end if;
  end loop;
end
$$;
