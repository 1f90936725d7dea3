import { useEffect, useState } from 'preact/hooks';
import { get, pathOf } from './api';
import { type EventRow, type SkepEvent, rowOf } from './events';

/** The events that came while the page was open: the newest 50,000, oldest first. */
const most = 50_000,
	spare = 5_000,
	mostPast = 500;
const tellEveryMs = 250;

type State = 'connecting' | 'open' | 'lost';

class LiveEvents {
	rows: EventRow[] = [];
	missed = 0;
	seen = 0;
	state: State = 'connecting';
	private hasPast = false;
	private readonly listeners = new Set<() => void>();
	private source: EventSource | undefined;
	private timer: ReturnType<typeof setTimeout> | undefined;

	open(): void {
		if (this.source) return;
		const source = new EventSource(pathOf('events/stream'));
		this.source = source;
		source.onopen = () => this.become('open');
		// The browser connects again by itself, unless it was refused.
		source.onerror = () => {
			this.become('lost');
			if (source.readyState !== EventSource.CLOSED) return;
			this.source = undefined;
			setTimeout(() => this.open(), 5000);
		};
		source.onmessage = e => this.add(JSON.parse(e.data as string) as SkepEvent);
		source.addEventListener('missed', e => {
			this.missed += (JSON.parse((e as MessageEvent<string>).data) as { count: number }).count;
			this.tell();
		});
		addEventListener('pagehide', () => source.close(), { once: true });
		void this.readPast();
	}

	add(event: SkepEvent): void {
		this.seen++;
		this.rows.push(rowOf(event, this.seen));
		if (this.rows.length >= most + spare) this.rows = this.rows.slice(-most);
		this.tell();
	}

	/** The last events before the page was opened, so that it begins with something. */
	private async readPast(): Promise<void> {
		if (this.hasPast) return;
		this.hasPast = true;
		try {
			const past = await get<SkepEvent[]>(pathOf('events', { last: String(mostPast) }));
			const first = this.rows[0]?.event.time;
			const before = past.filter(event => event.seq !== undefined && (first === undefined || event.time < first));
			this.rows = [...before.map((event, i) => rowOf(event, i - before.length + 1)), ...this.rows];
			this.tell();
		} catch {
			// The stream says whether the agent is there.
		}
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
