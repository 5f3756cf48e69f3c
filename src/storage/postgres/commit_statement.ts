import { CHANNEL } from "./listener.ts";

/**
 * Deletes before it inserts: of each address there may be one. JSON holds no line feed, so these may part it. Tags
 * are inserted by key, so that those which share a page of the index meet. Answers which `seq` it has removed, parted
 * by commas; with no row, when another has committed before.
 */
export const COMMIT = `
  WITH claim AS (UPDATE head SET seq = $2::bigint WHERE seq = $1::bigint RETURNING seq),
  removed AS (
    DELETE FROM event WHERE id = ANY ($3::bytea[]) AND EXISTS (SELECT FROM claim) RETURNING seq
  ),
  removed_tag AS (
    DELETE FROM tag USING unnest($4::uuid[], $5::bigint[], $6::bigint[]) AS gone (key, past, tie)
    WHERE (tag.key, tag.past, tag.tie) = (gone.key, gone.past, gone.tie)
      AND tag.seq IN (SELECT seq FROM removed)
  ),
  added AS (
    INSERT INTO event (seq, past, tie, kind, id, pubkey, address, expires_at, json)
    SELECT $1::bigint + nth, past, tie, kind, id, pubkey, address, expires_at, json
    FROM ROWS FROM (
      unnest($7::bigint[], $8::bigint[], $9::integer[], $10::bytea[], $11::bytea[], $12::bytea[], $13::bigint[]),
      string_to_table($14::text, E'\\n')
    ) WITH ORDINALITY AS event (past, tie, kind, id, pubkey, address, expires_at, json, nth)
    WHERE EXISTS (SELECT FROM claim) AND (SELECT count(*) FROM removed) >= 0
  ),
  added_tag AS (
    INSERT INTO tag (key, past, tie, seq)
    SELECT key, past, tie, $1::bigint + nth
    FROM unnest($15::uuid[], $16::bigint[], $17::bigint[], $18::bigint[]) AS tag (key, past, tie, nth)
    WHERE EXISTS (SELECT FROM claim) ORDER BY key
  ),
  refused AS (
    INSERT INTO deletion (target, pubkey, until, asked_at)
    SELECT * FROM unnest($19::bytea[], $20::bytea[], $21::bigint[], $23::bigint[]) WHERE EXISTS (SELECT FROM claim)
    ON CONFLICT (target, pubkey) DO UPDATE SET
      until = greatest(deletion.until, excluded.until), asked_at = greatest(deletion.asked_at, excluded.asked_at)
  ),
  leaving AS (
    INSERT INTO vanished (pubkey, until, leaving)
    SELECT *, true FROM unnest($24::bytea[], $25::bigint[]) WHERE EXISTS (SELECT FROM claim)
    ON CONFLICT (pubkey) DO UPDATE SET until = excluded.until, leaving = true WHERE excluded.until > vanished.until
  )
  SELECT (SELECT string_agg(seq::text, ',') FROM removed),
    pg_notify(${CHANNEL}, $22::text)::text
  FROM claim`;
