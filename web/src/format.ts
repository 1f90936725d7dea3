const groups = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const digits = (value: number) => (Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2);

export function count(value: unknown): string {
	return typeof value === 'number' ? groups.format(value) : '';
}

/** A number of things, with the word for them. */
export function many(value: number, one: string, others = `${one}s`): string {
	return `${count(value)} ${value === 1 ? one : others}`;
}

export function rate(value: number | undefined): string {
	if (value === undefined || !Number.isFinite(value)) return '';
	if (value === 0) return '0';
	return value >= 1000 ? groups.format(value) : value.toFixed(digits(value));
}

export function percent(value: unknown): string {
	if (typeof value !== 'number') return '';
	return value === 0 ? '0 %' : value < 0.01 ? '< 0.01 %' : `${value.toFixed(digits(value))} %`;
}

export function bytes(value: unknown): string {
	if (typeof value !== 'number') return '';
	const units = ['B', 'kB', 'MB', 'GB', 'TB'];
	let size = value,
		unit = 0;
	while (size >= 1000 && unit < units.length - 1) {
		size /= 1000;
		unit++;
	}
	return `${unit === 0 ? size : size.toFixed(digits(size))} ${units[unit]}`;
}

export function duration(ns: unknown): string {
	if (typeof ns !== 'number') return '';
	const units: [number, string][] = [
		[1e9, 's'],
		[1e6, 'ms'],
		[1e3, 'µs'],
	];
	for (const [size, unit] of units) if (ns >= size) return `${(ns / size).toFixed(digits(ns / size))} ${unit}`;
	return `${Math.round(ns)} ns`;
}

/** RFC 3339, or seconds since 1970, as milliseconds. */
export function milliseconds(time: unknown): number | undefined {
	if (typeof time === 'number') return time * 1000;
	if (typeof time !== 'string') return undefined;
	const value = Date.parse(time.replace(/(\.\d{3})\d+/, '$1'));
	return Number.isNaN(value) ? undefined : value;
}

/** The time of the day in UTC, to the millisecond; with the day where that is not today. */
export function clock(time: unknown): string {
	const value = milliseconds(time);
	if (value === undefined) return '';
	const text = new Date(value).toISOString();
	const today = new Date().toISOString().slice(0, 10);
	return text.startsWith(today) ? text.slice(11, 23) : `${text.slice(0, 10)} ${text.slice(11, 19)}`;
}

export function day(time: unknown): string {
	const value = milliseconds(time);
	return value === undefined ? '' : new Date(value).toISOString().slice(0, 19).replace('T', ' ');
}

export function ago(time: unknown, now = Date.now()): string {
	const value = milliseconds(time);
	if (value === undefined) return '';
	return `${span((now - value) / 1000)} ago`;
}

export function span(seconds: number): string {
	const s = Math.max(0, Math.floor(seconds));
	if (s < 60) return `${s} s`;
	if (s < 3600) return `${Math.floor(s / 60)} min`;
	if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
	return `${Math.floor(s / 86400)} d ${Math.floor((s % 86400) / 3600)} h`;
}

/**
 * Names that programs chose: control characters, and those that change the direction of text, are shown by their numbers.
 * Elements never come of text: the page makes none of HTML.
 */
export function safe(text: unknown): string {
	return String(text ?? '').replace(
		/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
		c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
	);
}
