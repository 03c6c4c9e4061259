/** Certificates are renewed when a third of their time is left. Less than half of that is late. */
const LATE_PART = 1 / 6;
/** Longer-lived certificates are renewed by hand. */
const MAX_LATE_MS = 21 * 24 * 3600 * 1000;

export interface CertificateDates {
  begin: Date;
  end: Date;
}

/** Whether the certificate should have been renewed by now. */
export function isLate({ begin, end }: CertificateDates, now: Date): boolean {
  const lateMs = Math.min((end.getTime() - begin.getTime()) * LATE_PART, MAX_LATE_MS);
  return now.getTime() >= end.getTime() - lateMs;
}
