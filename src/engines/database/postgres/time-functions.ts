import { functionSchema as schema } from './function-schema.ts';

/**
 * `strftime` of SQLite in PL/pgSQL: the same steps as `src/rules/strftime.ts`, `time-value.ts` and `time-modifier.ts`, on milliseconds
 * since 1970. `localtime` and `utc` leave the moment as it is: a server's own time zone means nothing to the nodes.
 */
export const timeFunctionsSql = `
CREATE FUNCTION days_of(year bigint, month bigint, day bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  y bigint := year + floor((month - 1) / 12.0)::bigint;
  m bigint := month - 12 * floor((month - 1) / 12.0)::bigint;
  era bigint;
  yoe bigint;
BEGIN
  IF m <= 2 THEN y := y - 1; END IF;
  era := floor(y / 400.0)::bigint;
  yoe := y - era * 400;
  RETURN era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + (153 * (m + CASE WHEN m > 2 THEN -3 ELSE 9 END) + 2) / 5 + day - 1 - 719468;
END $$;
CREATE FUNCTION date_of(days bigint, OUT year bigint, OUT month bigint, OUT day bigint) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  z bigint := days + 719468;
  era bigint := floor(z / 146097.0)::bigint;
  doe bigint := z - era * 146097;
  yoe bigint := (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  doy bigint := doe - (365 * yoe + yoe / 4 - yoe / 100);
  mp bigint := (5 * doy + 2) / 153;
BEGIN
  day := doy - (153 * mp + 2) / 5 + 1;
  month := CASE WHEN mp < 10 THEN mp + 3 ELSE mp - 9 END;
  year := yoe + era * 400 + CASE WHEN month <= 2 THEN 1 ELSE 0 END;
END $$;
CREATE FUNCTION time_of_day(value text) RETURNS bigint LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  p text[] := regexp_match(value, '^([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\\.([0-9]+))?)?\\s*(?:(?:([+-])([0-9]{2}):([0-9]{2})|[Zz])\\s*)?$');
  away bigint;
BEGIN
  IF p IS NULL OR p[1]::int > 24 OR p[2]::int > 59 OR coalesce(p[3], '0')::int > 59
    OR coalesce(p[6], '0')::int > 14 OR coalesce(p[7], '0')::int > 59 THEN RETURN NULL; END IF;
  away := (coalesce(p[6], '0')::int * 60 + coalesce(p[7], '0')::int) * CASE WHEN p[5] = '-' THEN -1 ELSE 1 END;
  RETURN ((p[1]::bigint * 60 + p[2]::bigint - away) * 60 + coalesce(p[3], '0')::bigint) * 1000
    + least(999, floor(('0.' || left(coalesce(p[4], '0'), 30))::float8 * 1000 + 0.5))::bigint;
END $$;

CREATE TYPE moment AS (ms bigint, bare float8, subsecond boolean, overflow bigint);
CREATE FUNCTION bare_moment(value float8) RETURNS moment LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ROW(CASE WHEN value >= 0 AND value < 5373484.5 THEN floor(value * 86400000 + 0.5)::bigint - 210866760000000 END,
    value, FALSE, 0)::${schema}.moment
$$;
CREATE FUNCTION read_time(value jsonb) RETURNS moment LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  t text := value #>> '{}';
  p text[];
  ms bigint;
  rest text;
  present bigint := floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint;
BEGIN
  IF jsonb_typeof(value) = 'number' THEN RETURN ${schema}.bare_moment(t::float8); END IF;
  p := regexp_match(t, '^(-?)([0-9]{4})-([0-9]{2})-([0-9]{2})(.*)$');
  IF p IS NOT NULL THEN
    IF p[3]::int NOT BETWEEN 1 AND 12 OR p[4]::int NOT BETWEEN 1 AND 31 THEN RETURN NULL; END IF;
    ms := ${schema}.days_of(CASE WHEN p[1] = '-' THEN -1 ELSE 1 END * p[2]::bigint, p[3]::bigint, p[4]::bigint) * 86400000;
    rest := regexp_replace(p[5], '^[\\sT]+', '');
    IF rest <> '' THEN ms := ms + ${schema}.time_of_day(rest); END IF;
    IF ms IS NULL THEN RETURN NULL; END IF;
    RETURN ROW(ms, NULL, FALSE, 0)::${schema}.moment;
  END IF;
  ms := ${schema}.time_of_day(t);
  IF ms IS NOT NULL THEN RETURN ROW(946684800000 + ms, NULL, FALSE, 0)::${schema}.moment; END IF;
  IF lower(t) = 'now' THEN RETURN ROW(present, NULL, FALSE, 0)::${schema}.moment; END IF;
  IF lower(t) IN ('subsec', 'subsecond') THEN RETURN ROW(present, NULL, TRUE, 0)::${schema}.moment; END IF;
  IF ${schema}.number_of(t) IS NULL THEN RETURN NULL; END IF;
  RETURN ${schema}.bare_moment(${schema}.number_of(t));
END $$;
CREATE FUNCTION add_months(m moment, months bigint) RETURNS moment LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  days bigint := floor(m.ms / 86400000.0)::bigint;
  d record;
  target bigint;
  y bigint;
  mo bigint;
  length bigint;
BEGIN
  SELECT * INTO d FROM ${schema}.date_of(days);
  target := d.year * 12 + d.month - 1 + months;
  y := floor(target / 12.0)::bigint;
  mo := target - y * 12 + 1;
  length := ${schema}.days_of(y, mo + 1, 1) - ${schema}.days_of(y, mo, 1);
  m.overflow := greatest(0, d.day - length);
  m.ms := ${schema}.days_of(y, mo, d.day) * 86400000 + (m.ms - days * 86400000);
  RETURN m;
END $$;
CREATE FUNCTION modify(m moment, modifier text, is_first boolean) RETURNS moment LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  word text := lower(modifier COLLATE "C");
  p text[];
  bare float8 := m.bare;
  amount float8;
  whole float8;
  unit text;
  unit_ms float8;
  unit_max float8;
  sign bigint;
  weekday float8;
  time bigint;
  d record;
BEGIN
  IF word IN ('auto', 'unixepoch', 'julianday') THEN
    IF NOT is_first THEN RETURN NULL; END IF;
    IF word = 'julianday' OR (word = 'auto' AND (bare IS NULL OR m.ms IS NOT NULL)) THEN
      m.bare := NULL;
      IF m.ms IS NULL OR (word = 'julianday' AND bare IS NULL) THEN RETURN NULL; END IF;
      RETURN m;
    END IF;
    IF bare IS NULL OR abs(bare) > 1e12 THEN RETURN NULL; END IF;
    m.ms := floor(bare * 1000 + 0.5)::bigint;
    m.bare := NULL;
    IF m.ms NOT BETWEEN -210866760000000 AND 253402300799999 THEN RETURN NULL; END IF;
    RETURN m;
  END IF;
  IF word IN ('subsec', 'subsecond') THEN m.subsecond := TRUE; RETURN m; END IF;
  IF m.ms IS NULL THEN RETURN NULL; END IF;
  m.bare := NULL;
  IF word = 'ceiling' THEN m.overflow := 0; RETURN m; END IF;
  IF word = 'floor' THEN m.ms := m.ms - m.overflow * 86400000; m.overflow := 0; RETURN m; END IF;
  IF word IN ('localtime', 'utc') THEN RETURN m; END IF;
  IF word LIKE 'weekday %' THEN
    weekday := CASE WHEN btrim(substr(word, 9)) = '' THEN 0 ELSE ${schema}.number_of(substr(word, 9)) END;
    IF weekday IS NULL OR weekday <> trunc(weekday) OR weekday NOT BETWEEN 0 AND 6 THEN RETURN NULL; END IF;
    m.ms := m.ms + mod(weekday::bigint - mod(mod(floor(m.ms / 86400000.0)::bigint + 4, 7) + 7, 7) + 7, 7) * 86400000;
    RETURN m;
  END IF;
  SELECT * INTO d FROM ${schema}.date_of(floor(m.ms / 86400000.0)::bigint);
  IF word LIKE 'start of %' THEN
    CASE substr(word, 10)
      WHEN 'month' THEN m.ms := ${schema}.days_of(d.year, d.month, 1) * 86400000;
      WHEN 'year' THEN m.ms := ${schema}.days_of(d.year, 1, 1) * 86400000;
      WHEN 'day' THEN m.ms := floor(m.ms / 86400000.0)::bigint * 86400000;
      ELSE RETURN NULL;
    END CASE;
    RETURN m;
  END IF;
  p := regexp_match(word, '^([+-])([0-9]{4,5})-([0-9]{2})-([0-9]{2})(?:\\s([0-9]{2}:[0-9]{2}.*))?$');
  IF p IS NOT NULL THEN
    IF p[3]::int > 11 OR p[4]::int > 30 THEN RETURN NULL; END IF;
    sign := CASE WHEN p[1] = '-' THEN -1 ELSE 1 END;
    m := ${schema}.add_months(m, sign * (p[2]::bigint * 12 + p[3]::bigint));
    m.ms := m.ms + sign * p[4]::bigint * 86400000;
    IF p[5] IS NULL THEN RETURN m; END IF;
    time := ${schema}.time_of_day(p[5]);
    IF time IS NULL THEN RETURN NULL; END IF;
    m.ms := m.ms + sign * mod(mod(time, 86400000) + 86400000, 86400000);
    RETURN m;
  END IF;
  p := regexp_match(word, '^([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:e[+-]?[0-9]+)?)\\s*([a-z]{3,10})$');
  IF p IS NOT NULL THEN
    amount := ${schema}.number_of(p[1]);
    unit := regexp_replace(p[2], 's$', '');
    SELECT u.ms, u.most INTO unit_ms, unit_max FROM (VALUES ('second', 1000, 4.6427e14), ('minute', 60000, 7.7379e12),
      ('hour', 3600000, 1.2897e11), ('day', 86400000, 5373485), ('month', 2592000000, 176546), ('year', 31536000000, 14713))
      AS u (name, ms, most) WHERE u.name = unit;
    IF unit_ms IS NULL OR abs(amount) >= unit_max THEN RETURN NULL; END IF;
    whole := 0;
    IF unit IN ('month', 'year') THEN
      whole := trunc(amount);
      m := ${schema}.add_months(m, (whole * CASE WHEN unit = 'year' THEN 12 ELSE 1 END)::bigint);
    END IF;
    m.ms := m.ms + trunc((amount - whole) * unit_ms + CASE WHEN amount < 0 THEN -0.5 ELSE 0.5 END)::bigint;
    RETURN m;
  END IF;
  time := ${schema}.time_of_day(regexp_replace(word, '^[+-]', ''));
  IF time IS NULL THEN RETURN NULL; END IF;
  m.ms := m.ms + CASE WHEN word LIKE '-%' THEN -1 ELSE 1 END * mod(mod(time, 86400000) + 86400000, 86400000);
  RETURN m;
END $$;
CREATE FUNCTION year_text(year bigint) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN year < 0 THEN '-' || lpad((-year)::text, greatest(3, length((-year)::text)), '0')
    ELSE lpad(year::text, greatest(4, length(year::text)), '0') END
$$;
CREATE FUNCTION strftime(format text, value jsonb, modifiers text[]) RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
  m ${schema}.moment;
  result text := '';
  letter text;
  piece text;
  at int := 1;
  days bigint; clock bigint; dow bigint; doy bigint; hour bigint; minute bigint; second bigint;
  d record;
  thursday record;
  quotient float8;
  shift int;
  julian numeric;
BEGIN
  IF value IS NULL OR format IS NULL THEN RETURN NULL; END IF;
  m := ${schema}.read_time(value);
  IF m.overflow IS NULL THEN RETURN NULL; END IF;
  FOR i IN 1 .. coalesce(array_length(modifiers, 1), 0) LOOP
    m := ${schema}.modify(m, modifiers[i], i = 1);
    IF m.overflow IS NULL THEN RETURN NULL; END IF;
  END LOOP;
  IF m.ms IS NULL OR m.ms NOT BETWEEN -210866760000000 AND 253402300799999 THEN RETURN NULL; END IF;
  days := floor(m.ms / 86400000.0)::bigint;
  clock := m.ms - days * 86400000;
  hour := clock / 3600000; minute := clock / 60000 % 60; second := clock / 1000 % 60;
  dow := ((days + 4) % 7 + 7) % 7;
  SELECT * INTO d FROM ${schema}.date_of(days);
  doy := days - ${schema}.days_of(d.year, 1, 1);
  WHILE at <= length(format) LOOP
    letter := substr(format, at, 1);
    at := at + 1;
    IF letter <> '%' THEN result := result || letter; CONTINUE; END IF;
    letter := substr(format, at, 1);
    at := at + 1;
    IF letter IN ('g', 'G', 'V') THEN SELECT * INTO thursday FROM ${schema}.date_of(days + 3 - (dow + 6) % 7); END IF;
    CASE letter
      WHEN 'd' THEN piece := lpad(d.day::text, 2, '0');
      WHEN 'e' THEN piece := lpad(d.day::text, 2, ' ');
      WHEN 'f' THEN piece := lpad(second::text, 2, '0') || '.' || lpad((clock % 1000)::text, 3, '0');
      WHEN 'F' THEN piece := ${schema}.year_text(d.year) || '-' || lpad(d.month::text, 2, '0') || '-' || lpad(d.day::text, 2, '0');
      WHEN 'g' THEN piece := lpad((thursday.year % 100)::text, greatest(2, length((thursday.year % 100)::text)), '0');
      WHEN 'G' THEN piece := ${schema}.year_text(thursday.year);
      WHEN 'H' THEN piece := lpad(hour::text, 2, '0');
      WHEN 'I' THEN piece := lpad((CASE WHEN hour % 12 = 0 THEN 12 ELSE hour % 12 END)::text, 2, '0');
      WHEN 'j' THEN piece := lpad((doy + 1)::text, 3, '0');
      WHEN 'J' THEN
        -- Every digit of the floating-point quotient, so that it is rounded as others round it.
        quotient := (m.ms + 210866760000000)::float8 / 86400000;
        IF quotient = 0 THEN
          piece := '0';
        ELSE
          shift := 52 - floor(log(2, quotient::numeric))::int;
          julian := (quotient * power(2::float8, shift))::bigint * power(5::numeric, shift) * ('1e-' || shift)::numeric;
          piece := trim_scale(round(julian, 15 - floor(log(julian))::int))::text;
        END IF;
      WHEN 'k' THEN piece := lpad(hour::text, 2, ' ');
      WHEN 'l' THEN piece := lpad((CASE WHEN hour % 12 = 0 THEN 12 ELSE hour % 12 END)::text, 2, ' ');
      WHEN 'm' THEN piece := lpad(d.month::text, 2, '0');
      WHEN 'M' THEN piece := lpad(minute::text, 2, '0');
      WHEN 'p' THEN piece := CASE WHEN hour < 12 THEN 'AM' ELSE 'PM' END;
      WHEN 'P' THEN piece := CASE WHEN hour < 12 THEN 'am' ELSE 'pm' END;
      WHEN 'R' THEN piece := lpad(hour::text, 2, '0') || ':' || lpad(minute::text, 2, '0');
      WHEN 's' THEN piece := CASE WHEN m.subsecond THEN (m.ms / 1000.0)::numeric(30, 3)::text
        ELSE floor(m.ms / 1000.0)::bigint::text END;
      WHEN 'S' THEN piece := lpad(second::text, 2, '0');
      WHEN 'T' THEN piece := lpad(hour::text, 2, '0') || ':' || lpad(minute::text, 2, '0') || ':' || lpad(second::text, 2, '0');
      WHEN 'u' THEN piece := (CASE WHEN dow = 0 THEN 7 ELSE dow END)::text;
      WHEN 'U' THEN piece := lpad(((doy + 7 - dow) / 7)::text, 2, '0');
      WHEN 'V' THEN piece := lpad(((days + 3 - (dow + 6) % 7 - ${schema}.days_of(thursday.year, 1, 1)) / 7 + 1)::text, 2, '0');
      WHEN 'w' THEN piece := dow::text;
      WHEN 'W' THEN piece := lpad(((doy + 7 - (dow + 6) % 7) / 7)::text, 2, '0');
      WHEN 'Y' THEN piece := ${schema}.year_text(d.year);
      WHEN '%' THEN piece := '%';
      ELSE RETURN NULL;
    END CASE;
    result := result || piece;
  END LOOP;
  RETURN result;
END $$;`;
