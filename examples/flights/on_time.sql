-- How punctual are the airlines in calm and in rough weather, and how old are their aircraft?
-- Three domains: flights, fleet, weather.
SELECT
  CASE WHEN w.visib < 3 OR w.wind_speed > 20 OR w.precip > 0.05 THEN 'rough' ELSE 'calm' END AS conditions,
  a.name AS airline,
  count(*) AS flights,
  round(100.0 * sum(CASE WHEN f.arr_delay <= 15 THEN 1 ELSE 0 END) / count(*), 1) AS on_time_percent,
  round(avg(f.arr_delay), 1) AS mean_delay,
  round(avg(f.year - p.year), 1) AS aircraft_age
FROM flights.flights f
JOIN fleet.airlines a ON a.carrier = f.carrier
JOIN fleet.planes p ON p.tailnum = f.tailnum
JOIN weather.hourly w ON w.origin = f.origin AND w.time_hour = f.time_hour
WHERE f.arr_delay IS NOT NULL
GROUP BY 1, 2
HAVING count(*) >= 100
ORDER BY conditions, on_time_percent DESC, airline
