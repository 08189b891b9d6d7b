/** The programs that a vault can be prepared for, and the old addresses. */
export const HANDOVER_TARGETS = ['immich', 'photoprism', 'digikam', 'lightroom', 'piwigo', 'redirects'] as const

/** One of them. */
export type HandoverTarget = (typeof HANDOVER_TARGETS)[number]
