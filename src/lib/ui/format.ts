import { getLocale } from '#lib/paraglide/runtime.js';
import { directionOf } from '#lib/ui/languages.ts';

/** Intl's tag for the reader's language. 'en' alone would mean American dates. */
function intlLocale(): string {
	const locale = getLocale() as string;
	return locale === 'en' ? 'en-GB' : locale;
}

/** What is read from left to right in any language keeps its order among words that are not. */
function isolated(text: string): string {
	return directionOf(getLocale()) === 'rtl' ? `\u2066${text}\u2069` : text;
}

/**
 * Writes base units as a decimal number, by integer maths alone.
 * Thousands are grouped as the reader's language does; at least two decimals (none for a token without them),
 * and never fewer than the amount needs.
 * @param amount base units, as a bigint or a decimal string of them
 * @param decimals of the token
 */
export function formatAmount(amount: bigint | string, decimals: number): string {
	const units = BigInt(amount);
	const digits = (units < 0n ? -units : units).toString().padStart(decimals + 1, '0');
	const whole = digits.slice(0, digits.length - decimals);
	const fraction = decimals === 0 ? '' : digits.slice(-decimals).replace(/0+$/, '').padEnd(Math.min(2, decimals), '0');
	const { format, point } = numbers();
	const written = format.format(BigInt(whole)) + (fraction && point + fraction);
	return units < 0n ? isolated(`−${written}`) : written;
}

/** An amount with its token, which does not break: `412.00 USDT`. */
export function formatMoney(amount: bigint | string, token: { decimals: number; symbol: string }): string {
	return isolated(`${formatAmount(amount, token.decimals)}\u00a0${token.symbol}`);
}

/** An amount that is added to another: `+2.50 USDT`, `−50.00 USDT`. */
export function formatMoneyChange(change: bigint, token: { decimals: number; symbol: string }): string {
	const [sign, amount] = change < 0n ? ['−', -change] : [change > 0n ? '+' : '', change];
	return isolated(`${sign}${formatAmount(amount, token.decimals)}\u00a0${token.symbol}`);
}

/** What a network takes, in its own currency: rounded up to three digits, for it is an estimate. */
export function formatNetworkCost(cost: bigint, currency: { decimals: number; symbol: string }): string {
	const step = 10n ** BigInt(Math.max(0, cost.toString().length - 3));
	return formatMoney(((cost + step - 1n) / step) * step, currency);
}

/** A count, grouped: `1,284`. */
export function formatCount(count: number): string {
	return numbers().format.format(count);
}

/** A number that need not be whole: `4.5`. */
export function formatNumber(value: number): string {
	return numbers().format.format(value);
}

/** A mean of stars: `4.9`. */
export function formatRating(mean: number): string {
	const format = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
	return new Intl.NumberFormat(intlLocale(), format).format(mean);
}

/** Several names in a sentence: `one, two and three`. */
export function formatList(names: readonly string[]): string {
	return new Intl.ListFormat(intlLocale()).format(names);
}

/** A part of a whole, in whole percent, rounded down: `42%`. */
export function formatPercent(part: number): string {
	return new Intl.NumberFormat(intlLocale(), { style: 'percent' }).format(Math.floor(part * 100) / 100);
}

/** A share that may be small, in percent: `0.4%`, `42%`. */
export function formatShare(part: number): string {
	const maximumFractionDigits = part < 0.1 ? 1 : 0;
	return new Intl.NumberFormat(intlLocale(), { style: 'percent', maximumFractionDigits }).format(part);
}

/** A number that is added to another: `+2`, `−10`. */
export function formatChange(change: number): string {
	const written = new Intl.NumberFormat(intlLocale(), { signDisplay: 'exceptZero' }).format(change);
	return isolated(written.replace('-', '−'));
}

const byteUnits = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** A size: `84 kB`, `1.2 MB`. */
export function formatBytes(bytes: number): string {
	// What would be written as 1,000 of a unit is 1 of the next.
	const power = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes) / 0.9995) / 3)));
	const unit = byteUnits[power];
	const unitDisplay = unit === 'byte' ? 'long' : 'short';
	return new Intl.NumberFormat(intlLocale(), { style: 'unit', unit, unitDisplay, maximumSignificantDigits: 3 }).format(
		bytes / 1000 ** power
	);
}

const hourly = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
const daily = { weekday: 'short', day: 'numeric', month: 'short' } as const;

/** A point in time with its zone: `Thu 26 Nov 2026, 18:40 CET`. */
export function formatAbsolute(time: number, zone: string): string {
	return timeFormat({ ...daily, year: 'numeric', ...hourly, timeZoneName: 'short' }, zone).format(time);
}

/** The same where the zone has been said once for the list: `Thu 26 Nov, 18:40`. */
export function formatShort(time: number, zone: string): string {
	return timeFormat({ ...daily, ...hourly }, zone).format(time);
}

/** A time of the day: `18:40`. */
export function formatHour(time: number, zone: string): string {
	return timeFormat(hourly, zone).format(time);
}

/** A day: `26 Nov 2026`. */
export function formatDay(time: number, zone: string): string {
	return timeFormat({ day: 'numeric', month: 'short', year: 'numeric' }, zone).format(time);
}

/** A day of the calendar, whatever the zone, or its month: `2026-11-23` is `23 Nov 2026`. */
export function formatCalendarDay(day: string, unit: 'day' | 'week' | 'month' = 'day'): string {
	const parts: Intl.DateTimeFormatOptions = { month: 'short', year: 'numeric' };
	if (unit !== 'month') parts.day = 'numeric';
	return timeFormat(parts, 'UTC').format(Date.parse(day));
}

/** The short name of a zone at a time, as it is written after an hour: `CET`. */
export function formatZone(time: number, zone: string): string {
	const parts = timeFormat({ ...hourly, timeZoneName: 'short' }, zone).formatToParts(time);
	return parts.find(({ type }) => type === 'timeZoneName')?.value ?? zone;
}

type Numbers = { format: Intl.NumberFormat; point: string };
const numberFormats = new Map<string, Numbers>();

function numbers(): Numbers {
	const locale = intlLocale();
	const known = numberFormats.get(locale);
	if (known !== undefined) return known;
	const format = new Intl.NumberFormat(locale, { useGrouping: true });
	const point = format.formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.';
	const made = { format, point };
	numberFormats.set(locale, made);
	return made;
}

/** Making one costs more than writing a hundred times with it. */
const timeFormats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(options: Intl.DateTimeFormatOptions, zone: string): Intl.DateTimeFormat {
	const locale = intlLocale();
	const name = `${locale} ${zone} ${Object.keys(options).join()}`;
	const known = timeFormats.get(name);
	if (known !== undefined) return known;
	const made = new Intl.DateTimeFormat(locale, { ...options, timeZone: zone });
	timeFormats.set(name, made);
	return made;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * A length of time in the one unit that says most: 28 hours rather than 1 day, 3 days rather than 72 hours. Rounded down,
 * but for what is missing by less than a twelfth: ten days that began a minute ago are ten days.
 */
function inOneUnit(milliseconds: number): { unit: 'second' | 'minute' | 'hour' | 'day'; count: number } {
	const length = Math.abs(milliseconds);
	if (length < MINUTE) return { unit: 'second', count: Math.floor(length / 1000) };
	if (length < 90 * MINUTE) return { unit: 'minute', count: Math.floor(length / MINUTE) };
	if (length < 2 * DAY) return { unit: 'hour', count: Math.floor(length / HOUR + 1 / 12) };
	return { unit: 'day', count: Math.floor(length / DAY + 1 / 12) };
}

/** `44 hours ago`, `in 3 days`; within a minute `now`. */
export function formatRelative(time: number, now: number): string {
	const { unit, count } = inOneUnit(time - now);
	const format = new Intl.RelativeTimeFormat(intlLocale(), { numeric: unit === 'second' ? 'auto' : 'always' });
	if (unit === 'second') return format.format(0, 'second');
	return format.format(time < now ? -count : count, unit);
}

/** `28 hours`, `3 days`. */
export function formatLength(milliseconds: number): string {
	const { unit, count } = inOneUnit(milliseconds);
	return new Intl.NumberFormat(intlLocale(), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** A window given in hours, in words: `3 days`, `36 hours`. */
export function formatHours(hours: number): string {
	const whole = hours % 24 === 0;
	return new Intl.NumberFormat(intlLocale(), {
		style: 'unit',
		unit: whole ? 'day' : 'hour',
		unitDisplay: 'long'
	}).format(whole ? hours / 24 : hours);
}

/** A wallet or a hash with its middle left out, which does not break there: `0x7a3f…c21e`. */
export function shortHex(hex: string, lead = 4, tail = 4): string {
	return isolated(hex.length <= 2 + lead + tail ? hex : `${hex.slice(0, 2 + lead)}…\u2060${hex.slice(-tail)}`);
}

/** An order's number as people say it: the first six digits of its id, `4F2C-81`. */
export function orderNumber(orderId: string): string {
	const digits = orderId.slice(2, 8).toUpperCase();
	return isolated(`${digits.slice(0, 4)}-${digits.slice(4)}`);
}
