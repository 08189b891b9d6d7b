const DURATION = /^(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/i

/** Returns the milliseconds of `30m`, `1h30m`, `90s` or `2d`, more than 0; undefined for anything else. */
export const parseDuration = (text: string): number | undefined => {
  const match = DURATION.exec(text.trim())
  if (match === null) return undefined
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  const duration = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  return duration > 0 ? duration : undefined
}

/** Returns the fraction of `5%` or `0.5%`, over 0 and at most 1; undefined for anything else: a bare number could mean either. */
export const parseShare = (text: string): number | undefined => {
  const match = /^(\d{1,3}(?:\.\d+)?)\s*%$/.exec(text.trim())
  const share = Number(match?.[1]) / 100
  return share > 0 && share <= 1 ? share : undefined
}
