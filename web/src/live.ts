import { useEffect, useState } from 'preact/hooks';
import { get, pathOf } from './api';
import { type EventRow, type SkepEvent, rowOf } from './events';

/** The events that came while the page was open: the newest 50,000, oldest first. */
const most = 50_000,
	spare = 5_000,
	mostPast = 500,
	mostBetween = 10_000;
const tellEveryMs = 250,
	// What the agent captured before the stream was open is in its database by then.
	storedMs = 1000,
	unseenMs = 60_000;

type State = 'connecting' | 'open' | 'lost';

class LiveEvents {
	rows: EventRow[] = [];
	missed = 0;
	seen = 0;
	state: State = 'connecting';
	/** Changes when events were put between others, so that keys of rows are others. */
	merges = 0;
	private readonly listeners = new Set<() => void>();
	private source: EventSource | undefined;
	private timer: ReturnType<typeof setTimeout> | undefined;
	private unseen: ReturnType<typeof setTimeout> | undefined;
	private isWatched = false;

	open(): void {
		if (this.source) return;
		this.watchSight();
		const source = new EventSource(pathOf('events/stream'));
		this.source = source;
		source.onopen = () => {
			this.become('open');
			const last = this.rows.at(-1)?.event.time;
			void this.readPast(last);
			setTimeout(() => void this.readPast(last), storedMs);
		};
		// The browser connects again by itself, unless it was refused.
		source.onerror = () => {
			this.become('lost');
			if (source.readyState !== EventSource.CLOSED) return;
			this.source = undefined;
			setTimeout(() => document.hidden || this.open(), 5000);
		};
		source.onmessage = e => this.add(JSON.parse(e.data as string) as SkepEvent);
		source.addEventListener('missed', e => {
			this.missed += (JSON.parse((e as MessageEvent<string>).data) as { count: number }).count;
			this.tell();
		});
		addEventListener('pagehide', () => source.close(), { once: true });
	}

	/** A page that is not seen for a while holds no connection: browsers have few for a host. */
	private watchSight(): void {
		if (this.isWatched) return;
		this.isWatched = true;
		const look = () => {
			clearTimeout(this.unseen);
			if (document.hidden) this.unseen = setTimeout(() => this.close(), unseenMs);
			else this.open();
		};
		document.addEventListener('visibilitychange', look);
		if (document.hidden) look();
	}

	private close(): void {
		this.source?.close();
		this.source = undefined;
		this.become('connecting');
	}

	add(event: SkepEvent): void {
		this.seen++;
		this.rows.push(rowOf(event, this.seen));
		if (this.rows.length >= most + spare) this.rows = this.rows.slice(-most);
		this.tell();
	}

	/** What came before the stream was open: the last events at first, so that the page begins with something, then those between. */
	private async readPast(since: string | undefined): Promise<void> {
		try {
			const past = await get<SkepEvent[]>(pathOf('events', { since, last: String(since ? mostBetween : mostPast) }));
			const known = new Set(this.rows.map(row => nameOf(row.event)));
			const late = past.filter(event => event.seq !== undefined && !known.has(nameOf(event)));
			if (late.length === 0) return;
			if (since) this.seen += late.length;
			this.merge(late);
		} catch {
			// The stream says whether the agent is there.
		}
	}

	/** Puts events where their time is; the keys of all rows count up to the newest. */
	private merge(late: SkepEvent[]): void {
		const rows = [...this.rows, ...late.map(event => rowOf(event, 0))].sort((a, b) => order(a.event, b.event)).slice(-most);
		this.rows = rows.map((row, i) => ({ ...row, key: this.seen - rows.length + 1 + i }));
		this.merges++;
		this.tell();
	}

	subscribe(listener: () => void): () => void {
		this.listeners.add(listener);
		return () => this.listeners.delete(listener);
	}

	private become(state: State): void {
		this.state = state;
		this.tell();
	}

	private tell(): void {
		this.timer ??= setTimeout(() => {
			this.timer = undefined;
			for (const listener of this.listeners) listener();
		}, tellEveryMs);
	}
}

const nameOf = (event: SkepEvent) => `${event.time} ${event.seq}`;

/** Times have the same number of digits, so that their texts are in order. */
function order(a: SkepEvent, b: SkepEvent): number {
	return a.time < b.time ? -1 : a.time > b.time ? 1 : (a.seq ?? 0) - (b.seq ?? 0);
}

export const live = new LiveEvents();

/** Renders anew when events came, at most four times a second. */
export function useLive(): LiveEvents {
	const [, setTurn] = useState(0);
	useEffect(() => {
		live.open();
		return live.subscribe(() => setTurn(n => n + 1));
	}, []);
	return live;
}
