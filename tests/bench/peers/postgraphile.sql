-- What PostGraphile serves: stations, their licensees and their assignments, related by smart comments.
-- Made by the superuser in the measured database; uses its tables and indexes.

DROP SCHEMA IF EXISTS bench_graph CASCADE;
CREATE SCHEMA bench_graph;

CREATE VIEW bench_graph.licensee AS
SELECT l.version_id, l.licensee_name AS name, l.licensee_kind AS kind, l.corporate_number FROM public_license AS l;
COMMENT ON VIEW bench_graph.licensee IS E'@primaryKey version_id';

-- The lines of the license as it was granted: the published ones are split by band.
CREATE VIEW bench_graph.assignment AS
SELECT a.version_id, a.ordinal, a.emission, a.bundle, a.frequency_hz, a.frequency_to_hz, a.power_w FROM assignment AS a;
COMMENT ON VIEW bench_graph.assignment IS
    E'@primaryKey version_id,ordinal\n@foreignKey (version_id) references bench_graph.station (version_id)|@foreignFieldName assignments|@foreignSimpleFieldName assignmentList';

CREATE VIEW bench_graph.station AS
SELECT l.version_id, l.station_id AS id, l.call_sign, l.station_class, l.prefecture, l.licensed_on, l.term_to AS valid_to,
    l.licensee_name, l.licensee_kind, l.corporate_number
FROM public_license AS l WHERE upper_inf(l.recorded) AND NOT l.suspended;
COMMENT ON VIEW bench_graph.station IS
    E'@primaryKey version_id\n@foreignKey (version_id) references bench_graph.licensee (version_id)|@fieldName licensee';

-- CASE hides the condition from the planner of PostgreSQL, which else takes it for rare, and sorts all stations of the class.
CREATE FUNCTION bench_graph.stations_of(station_class text, prefecture text, day date)
    RETURNS SETOF bench_graph.station STABLE LANGUAGE sql AS $$
    SELECT l.version_id, l.station_id, l.call_sign, l.station_class, l.prefecture, l.licensed_on, l.term_to,
        l.licensee_name, l.licensee_kind, l.corporate_number
    FROM public_license AS l WHERE upper_inf(l.recorded)
    AND l.station_class = stations_of.station_class AND l.prefecture = stations_of.prefecture
    AND CASE WHEN l.valid @> stations_of.day AND NOT l.suspended AND (l.ended_on IS NULL OR l.ended_on > stations_of.day)
        THEN true ELSE false END
    ORDER BY l.station_id
$$;

GRANT USAGE ON SCHEMA bench_graph TO bench_peer;
GRANT SELECT ON ALL TABLES IN SCHEMA bench_graph TO bench_peer;
GRANT SELECT ON public_license TO bench_peer;
