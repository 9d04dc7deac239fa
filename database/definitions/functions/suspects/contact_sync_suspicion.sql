-- How much an owner's syncs of a day look like an attack, as a score: from 0, like
-- anybody, to 150, of which 100 are shown. It is a sum of signs, none of which
-- proves anything: people have companies, families and old address books.
--
-- The figures are of the last 24 hours, with the sync under way: numbers that were
-- new to the owner (p_new), those of them that somebody saw before they were hashed
-- (p_seen) and that had a near neighbour (p_neighbours); what the syncs named
-- (p_named) and how many of it had accounts (p_matched); what they removed, and how
-- many the budget has refused. p_book is how large the book becomes; the last two
-- are what books look like here (contact_sync_population), NULL: unknown.
create function contact_sync_suspicion(
  p_new              bigint,
  p_seen             bigint,
  p_neighbours       float8,
  p_named            bigint,
  p_matched          bigint,
  p_contacts_removed bigint,
  p_refusals         bigint,
  p_book             integer,
  p_usual_book       integer,
  p_usual_share      float8)
returns smallint
language plpgsql immutable
set search_path from current
set jit = off
as $$
declare
  -- Neighbours. Who tries a range gives one number after the other, nearly all of
  -- them; the published attack on WhatsApp (2025) took whole ranges of each country,
  -- and so did that on Signal, Telegram and WhatsApp of 2021 ("All the Numbers are
  -- US", NDSS). In a book, chance makes hardly any: 1,000 numbers of a town with
  -- 100,000 have 1 in 10. Families and companies make more, so a share of 15 % says
  -- nothing, and how many they are counts as well: 100 extensions of a switchboard
  -- are nothing, 300 colleagues and nobody else are 17 points, and 5,000 consecutive
  -- numbers in a day are no person's.
  c_neighbours      constant float8 := 60.0;
  c_share_none      constant float8 := 0.15;
  c_share_full      constant float8 := 0.6;
  c_count_none      constant float8 := 100.0;
  c_count_full      constant float8 := 5000.0;
  -- Hits. Guessed numbers have accounts less often than those of friends (NDSS 2021:
  -- 0.5 % of all numbers of the US were Signal's, 9.8 % WhatsApp's), and a list of
  -- known users more often. But friends abroad, or a service that one town uses,
  -- make a factor of three; and below 10 expected hits chance alone makes one.
  c_hits            constant float8 := 20.0;
  c_factor_none     constant float8 := 3.0;
  c_factor_full     constant float8 := 10.0;
  c_fewest_hits     constant float8 := 10.0;
  -- Exchange. A new phone, or an account of a company in place of one's own, changes
  -- some hundred numbers once; who goes through a plan changes all that the budget
  -- allows, day by day (2,000: 21 points).
  c_exchange        constant float8 := 30.0;
  c_exchange_none   constant float8 := 200.0;
  c_exchange_full   constant float8 := 5000.0;
  -- Size, against what all but one in a hundred here have; never below 1,000, the
  -- most that many a phone's own book has held. A fifth of it full is a salesperson.
  c_size            constant float8 := 20.0;
  c_smallest_usual  constant integer := 1000;
  c_size_full       constant float8 := 5.0;
  -- Refusals of the budget. Who has a large book meets one or two; a program goes on.
  c_refusals        constant float8 := 20.0;
  c_refusals_full   constant float8 := 10.0;

  v_score float8 := 0.0;
  v_share float8;
  v_hits  float8;
  v_usual float8;
begin
  if p_seen > 0 then
    v_share := p_neighbours / p_seen::float8;
    v_score := v_score + c_neighbours
      * contact_sync_degree(v_share, c_share_none, c_share_full)
      * contact_sync_degree(p_neighbours, c_count_none, c_count_full);
  end if;

  v_hits := p_matched::float8;
  v_usual := p_named::float8 * p_usual_share;
  if greatest(v_hits, v_usual) >= c_fewest_hits then
    v_score := v_score + c_hits * contact_sync_degree(
      greatest((v_hits + 1.0::float8) / (v_usual + 1.0::float8), (v_usual + 1.0::float8) / (v_hits + 1.0::float8)),
      c_factor_none, c_factor_full);
  end if;

  v_score := v_score
    + c_exchange * contact_sync_degree(least(p_new, p_contacts_removed)::float8, c_exchange_none, c_exchange_full)
    + c_refusals * contact_sync_degree((p_refusals + 1::bigint)::float8, 1.0::float8, c_refusals_full);
  if p_usual_book is not null then
    v_score := v_score + c_size * contact_sync_degree(
      p_book::float8 / greatest(p_usual_book, c_smallest_usual)::float8, 1.0::float8, c_size_full);
  end if;
  return round(v_score)::smallint;
end
$$;
