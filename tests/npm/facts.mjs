// What `report --format json` says, counted here a second time and apart from the program.
const DAY_MS = 86400000;
const LIFETIMES = [["expired", 0], ["7 days", 7], ["14 days", 14], ["30 days", 30], ["90 days", 90], ["longer", Infinity]];
const RANKS = ["off", "flexible", "full", "full_strict", "strict"];

export const rankOf = (mode) => RANKS.indexOf(mode);

// One entry a hostname.
export function hostnamesOf(zones) {
  return zones.flatMap((zone) => zone.hostnames.map((hostname) => {
    const ends = hostname.origins.map((origin) => origin.certificate?.not_after).filter(Boolean).map((time) => Date.parse(time));
    const blockers = [...new Set(hostname.origins.flatMap((origin) => origin.blockers.map((blocker) => blocker.code)))];
    return {
      zone: zone.zone, name: hostname.hostname, record: hostname, blockers,
      current: rankOf(hostname.current_mode), recommended: rankOf(hostname.recommended_mode),
      decision: hostname.status === "complete" ? hostname.decision.action : "no_verdict",
      obstacles: hostname.incomplete_reason ? [hostname.incomplete_reason, ...blockers] : blockers,
      notAfter: ends.length > 0 ? Math.min(...ends) : null,
    };
  }));
}

export function lifetimeOf(hostname, now) {
  return hostname.notAfter === null ? null : LIFETIMES.find(([, days]) => hostname.notAfter - Date.parse(now) <= days * DAY_MS)[0];
}

export function countBy(items, key) {
  const counts = {};
  for (const value of items.flatMap((item) => key(item))) {
    counts[value] = (counts[value] ?? 0) + 1;
  }
  return counts;
}
