-- What PostgREST serves: views over the public views of the register, tailored to the searches of the benchmark.
-- Made by the superuser in the measured database; uses its tables and indexes, and adds one table of places.

DROP SCHEMA IF EXISTS bench_rest CASCADE;
CREATE SCHEMA bench_rest;

-- What is believed now of each station, as a ready-made JSON column and as columns of its own (without the names of codes and the assignments).
-- Days stand in columns of their own: for `valid @> $1` the planner of PostgreSQL takes the GiST index and reads all that is in force.
CREATE VIEW bench_rest.current AS
SELECT l.station_id AS id, l.document::json AS document, l.version_id, l.call_sign, l.call_sign_search, l.station_class, l.bureau,
    l.prefecture, l.municipality, l.licensee_name, l.licensee_search, l.licensee_kind, l.corporate_number, l.public_licensee_id, l.purposes,
    l.communication_matters, l.movement_area, l.moves, l.station_count, l.licensed_on, l.term_from, l.term_to, l.max_power_w,
    lower(l.valid) AS holds_from, upper(l.valid) AS holds_until, l.ended_on, l.suspended
FROM public_license AS l WHERE upper_inf(l.recorded);

CREATE VIEW bench_rest.station AS SELECT * FROM bench_rest.current WHERE NOT suspended;

-- A name: the postings of two neighbouring characters, which are in the order of the answer; by class and prefecture too.
CREATE VIEW bench_rest.named AS
SELECT g.gram, g.station_id AS id, l.document::json AS document, l.version_id, l.call_sign, g.station_class, l.bureau, g.prefecture,
    l.municipality, l.licensee_name, l.licensee_kind, l.corporate_number, l.public_licensee_id, l.purposes, l.communication_matters,
    l.movement_area, l.moves, l.station_count, l.licensed_on, l.term_from, l.term_to, l.max_power_w,
    lower(l.valid) AS holds_from, upper(l.valid) AS holds_until, l.ended_on
FROM public_gram AS g JOIN public_license AS l ON l.version_id = g.version_id
WHERE upper_inf(l.recorded) AND NOT l.suspended;

-- PostgREST 12 knows no column but those it is asked to give when it calls a function: so functions take the day themselves.
-- A frequency range: from the indexes of frequencies, or through all stations in their order where a range is common. There a scalar,
-- not EXISTS: of that the planner makes a table of all assignments in the range.
CREATE FUNCTION bench_rest.in_band(low bigint, high bigint, day date) RETURNS SETOF bench_rest.station STABLE LANGUAGE sql AS $$
    SELECT s.* FROM bench_rest.station AS s WHERE CASE WHEN s.holds_from <= in_band.day AND s.holds_until > in_band.day
        AND (s.ended_on IS NULL OR s.ended_on > in_band.day) THEN true ELSE false END AND s.version_id IN (
        SELECT a.version_id FROM public_assignment AS a
        WHERE a.frequency_low = a.frequency_high AND a.frequency_low BETWEEN in_band.low AND in_band.high
        UNION ALL
        SELECT a.version_id FROM public_assignment AS a
        WHERE a.frequency_low < a.frequency_high AND a.frequency_low <= in_band.high AND a.frequency_high >= in_band.low)
$$;
CREATE FUNCTION bench_rest.in_band_walking(low bigint, high bigint, day date) RETURNS SETOF bench_rest.station STABLE LANGUAGE sql AS $$
    SELECT s.* FROM bench_rest.station AS s WHERE CASE WHEN s.holds_from <= in_band_walking.day AND s.holds_until > in_band_walking.day
        AND (s.ended_on IS NULL OR s.ended_on > in_band_walking.day) THEN true ELSE false END AND (
        SELECT true FROM public_assignment AS a WHERE a.version_id = s.version_id
        AND a.frequency_low <= in_band_walking.high AND a.frequency_high >= in_band_walking.low LIMIT 1) IS TRUE
$$;

-- A circle: the municipalities within it, then their stations; or the first stations of each of them.
CREATE TABLE bench_rest.place AS
SELECT DISTINCT l.municipality, l.latitude, l.longitude FROM public_license AS l WHERE l.latitude IS NOT NULL;
CREATE INDEX place_latitude ON bench_rest.place (latitude);
CREATE FUNCTION bench_rest.places(lat double precision, lon double precision, km double precision) RETURNS SETOF text STABLE LANGUAGE sql AS $$
    SELECT p.municipality FROM bench_rest.place AS p
    WHERE p.latitude BETWEEN places.lat - places.km / 111.19 AND places.lat + places.km / 111.19
    AND 2 * 6371.0088 * asin(sqrt(least(1, power(sin(radians(p.latitude - places.lat) / 2), 2)
        + cos(radians(places.lat)) * cos(radians(p.latitude)) * power(sin(radians(p.longitude - places.lon) / 2), 2)))) <= places.km
$$;
CREATE FUNCTION bench_rest.nearby(lat double precision, lon double precision, km double precision, day date)
    RETURNS SETOF bench_rest.station STABLE LANGUAGE sql AS $$
    SELECT s.* FROM bench_rest.station AS s
    WHERE CASE WHEN s.holds_from <= nearby.day AND s.holds_until > nearby.day
        AND (s.ended_on IS NULL OR s.ended_on > nearby.day) THEN true ELSE false END
    AND s.municipality = ANY (ARRAY(SELECT bench_rest.places(nearby.lat, nearby.lon, nearby.km)))
$$;
CREATE FUNCTION bench_rest.nearby_in_order(lat double precision, lon double precision, km double precision, day date, most integer)
    RETURNS SETOF bench_rest.station STABLE LANGUAGE sql AS $$
    SELECT s.* FROM bench_rest.places(nearby_in_order.lat, nearby_in_order.lon, nearby_in_order.km) AS p (municipality)
    CROSS JOIN LATERAL (
        SELECT * FROM bench_rest.station AS each
        WHERE each.municipality = p.municipality AND CASE WHEN each.holds_from <= nearby_in_order.day
        AND each.holds_until > nearby_in_order.day AND (each.ended_on IS NULL OR each.ended_on > nearby_in_order.day) THEN true ELSE false END
        ORDER BY each.id LIMIT nearby_in_order.most) AS s
$$;

GRANT USAGE ON SCHEMA bench_rest TO bench_peer;
GRANT SELECT ON ALL TABLES IN SCHEMA bench_rest TO bench_peer;
GRANT SELECT ON public_license, public_assignment, public_gram TO bench_peer;
ANALYZE bench_rest.place;
