import { numberOf, type SqlValue } from './values.ts';

const earthRadiusKm = 6371;

function radians(value: SqlValue): number | null {
  const degrees = typeof value === 'string' ? numberOf(value) : value;
  return degrees === null ? null : (degrees * Math.PI) / 180;
}

/**
 * The way between two points over a sphere, in km. Null when a coordinate is null or no number. The cosine is held
 * between -1 and 1, so that rounding never turns the distance of a point to itself into null.
 */
export function distanceKm(lonA: SqlValue, latA: SqlValue, lonB: SqlValue, latB: SqlValue): number | null {
  const [fromLon, fromLat, toLon, toLat] = [radians(lonA), radians(latA), radians(lonB), radians(latB)];
  if (fromLon === null || fromLat === null || toLon === null || toLat === null) return null;
  const cosine = Math.cos(fromLat) * Math.cos(toLat) * Math.cos(toLon - fromLon) + Math.sin(fromLat) * Math.sin(toLat);
  return earthRadiusKm * Math.acos(Math.min(1, Math.max(-1, cosine)));
}
