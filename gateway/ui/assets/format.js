const whole = new Intl.NumberFormat("en");

export function count(value) {
  return whole.format(value ?? 0);
}

export function perSecond(value) {
  return value ? (value < 10 ? value.toFixed(1) : count(Math.round(value))) : "–";
}

export function millis(value) {
  if (value === null || value === undefined) return "–";
  if (value < 1000) return `${value < 10 ? value.toFixed(1) : Math.round(value)} ms`;
  return `${(value / 1000).toFixed(1)} s`;
}

export function bytes(value) {
  if (value === null || value === undefined) return "–";
  const units = ["B", "KiB", "MiB", "GiB"];
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; ++unit) value /= 1024;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

export function duration(ms) {
  if (ms === null || ms === undefined) return "–";
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor((seconds % 86400) / 3600)} h`;
}

export function ago(time) {
  return `${duration(Math.max(0, Date.now() - Date.parse(time)))} ago`;
}

/** The time of day of a time of RFC 3339, here. */
export function clock(time) {
  return new Date(time).toLocaleTimeString("en-GB");
}
