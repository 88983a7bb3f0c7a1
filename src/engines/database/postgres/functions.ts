import { functionSchema } from './function-schema.ts';
import { timeFunctionsSql } from './time-functions.ts';

const number = String.raw`[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?`;
const blanks = String.raw`[ \t\n\v\f\r]*`;

/**
 * What the dialect and the commits call. Values of unknown type (out of JSON) are `jsonb` scalars here: numbers and texts only.
 *
 * - `found`, `missing`: fail with the code of a broken expectation.
 * - `number_of`: the number that a text spells, or null.
 * - `real_text`, `plain_text`: a number as text, see `src/rules/values.ts`; of large numbers the server itself shows more digits than needed. `to_text`, `to_number`: columns that change their type.
 * - `any_of`: a value of unknown type. `as_text`, `as_number`: what a text or number column makes of the other side.
 * - `coordinate`: a number to reckon angles with; the server refuses results that are too small, so what is nearly nothing is nothing.
 * - `scalar`: a JSON value as a comparison sees it. `less`: numbers before texts.
 */
export const createFunctionsSql = `
CREATE SCHEMA IF NOT EXISTS ${functionSchema};
SET LOCAL search_path = ${functionSchema}, pg_catalog;

CREATE FUNCTION found(count bigint) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
  IF count = 0 THEN RAISE EXCEPTION USING ERRCODE = 'PD409', MESSAGE = 'not as expected'; END IF;
  RETURN 1;
END $$;
CREATE FUNCTION missing(count bigint) RETURNS integer LANGUAGE plpgsql AS $$ BEGIN
  IF count > 0 THEN RAISE EXCEPTION USING ERRCODE = 'PD409', MESSAGE = 'not as expected'; END IF;
  RETURN 1;
END $$;

CREATE FUNCTION big_number_of(value text) RETURNS float8 LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN
  RETURN value::float8;
EXCEPTION WHEN numeric_value_out_of_range THEN
  IF value ~ '[eE]-' THEN RETURN 0; END IF;
  RETURN CASE WHEN value LIKE '-%' THEN '-Infinity' ELSE 'Infinity' END::float8;
END $$;
CREATE FUNCTION number_of(value text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value !~ '^${blanks}${number}${blanks}$' THEN NULL
    WHEN length(value) > 200 OR value ~ '[eE]' THEN ${functionSchema}.big_number_of(btrim(value, E' \\t\\n\\x0b\\f\\r'))
    ELSE btrim(value, E' \\t\\n\\x0b\\f\\r')::float8 END
$$;

CREATE FUNCTION big_real_text(value float8) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
  exact numeric := value::text::numeric;
  exponent int := length(abs(exact)::text) - 1;
  shorter numeric;
  text text;
BEGIN
  FOR digits IN REVERSE 16 .. 1 LOOP
    shorter := round(exact, digits - 1 - exponent);
    EXIT WHEN abs(shorter) > 1.7976931348623157e308 OR shorter::float8 <> value;
    exact := shorter;
  END LOOP;
  IF abs(exact) < 1e17 THEN RETURN exact::text || '.0'; END IF;
  exponent := length(abs(exact)::text) - 1;
  text := trim_scale(exact * ('1e-' || exponent)::numeric)::text;
  RETURN text || CASE WHEN text LIKE '%.%' THEN '' ELSE '.0' END || 'e+' || exponent;
END $$;
CREATE FUNCTION real_text(value float8) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN value = 0 THEN '0.0'
    WHEN abs(value) < 1e-4 THEN regexp_replace(value::text, '^(-?[0-9])e', '\\1.0e')
    WHEN abs(value) >= 9007199254740992 THEN ${functionSchema}.big_real_text(value)
    ELSE CASE WHEN abs(value) < 1e15 THEN value::text ELSE value::text::numeric::text END
      || CASE WHEN value = trunc(value) THEN '.0' ELSE '' END END
$$;
CREATE FUNCTION plain_text(value float8) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN abs(value) < 9223372036854775808 AND value = trunc(value) THEN value::bigint::text
    ELSE ${functionSchema}.real_text(value) END
$$;
CREATE FUNCTION plain_text(value integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value::text $$;
CREATE FUNCTION plain_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value $$;
CREATE FUNCTION plain_text(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE jsonb_typeof(value) WHEN 'number' THEN ${functionSchema}.plain_text((value #>> '{}')::float8) ELSE value #>> '{}' END
$$;

CREATE FUNCTION to_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value $$;
CREATE FUNCTION to_text(value float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ${functionSchema}.real_text(value) $$;
CREATE FUNCTION to_text(value smallint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value::text $$;
CREATE FUNCTION to_number(value text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(${functionSchema}.number_of(substring(value FROM '^${blanks}(${number.replaceAll('(', '(?:')})')), 0)
$$;
CREATE FUNCTION to_number(value float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value $$;
CREATE FUNCTION to_number(value smallint) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value $$;

CREATE FUNCTION any_of(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT to_jsonb(value) $$;
CREATE FUNCTION any_of(value float8) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE value WHEN 'Infinity' THEN '1e999' WHEN '-Infinity' THEN '-1e999' ELSE to_jsonb(value) END
$$;
CREATE FUNCTION any_of(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value $$;
CREATE FUNCTION as_text(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value $$;
CREATE FUNCTION as_text(value float8) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ${functionSchema}.real_text(value) $$;
CREATE FUNCTION as_text(value integer) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT value::text $$;
CREATE FUNCTION as_text(value jsonb) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT ${functionSchema}.plain_text(value) $$;
CREATE FUNCTION as_number(value text) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT coalesce(${functionSchema}.any_of(${functionSchema}.number_of(value)), to_jsonb(value))
$$;
CREATE FUNCTION as_number(value jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE jsonb_typeof(value) WHEN 'string' THEN ${functionSchema}.as_number(value #>> '{}') ELSE value END
$$;
CREATE FUNCTION coordinate(value float8) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN abs(value) < 1e-150 THEN 0 WHEN abs(value) < 'Infinity' THEN value END
$$;
CREATE FUNCTION coordinate(value text) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ${functionSchema}.coordinate(${functionSchema}.number_of(value))
$$;
CREATE FUNCTION coordinate(value jsonb) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ${functionSchema}.coordinate(value #>> '{}')
$$;

CREATE FUNCTION scalar(value json) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE json_typeof(value) WHEN 'null' THEN NULL
    WHEN 'boolean' THEN CASE value::text WHEN 'true' THEN '1' ELSE '0' END::jsonb
    WHEN 'string' THEN value::jsonb
    WHEN 'number' THEN value::jsonb
    ELSE to_jsonb(value::text) END
$$;
CREATE FUNCTION less(a jsonb, b jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN jsonb_typeof(a) = jsonb_typeof(b) THEN a < b ELSE jsonb_typeof(a) = 'number' END
$$;

CREATE FUNCTION is_like(value text, pattern text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT CASE WHEN pattern ~ '(^|[^\\\\])(\\\\\\\\)*\\\\$' THEN FALSE
    ELSE lower(value COLLATE "C") LIKE lower(pattern COLLATE "C") END
$$;

CREATE FUNCTION distance_km(lon_a float8, lat_a float8, lon_b float8, lat_b float8)
RETURNS float8 LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT 6371 * acos(least(1, greatest(-1, cos(radians(lat_a)) * cos(radians(lat_b)) * cos(radians(lon_b) - radians(lon_a))
    + sin(radians(lat_a)) * sin(radians(lat_b)))))
$$;
${timeFunctionsSql}
`;
