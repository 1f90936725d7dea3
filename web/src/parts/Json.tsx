import { safe } from '../format';

/** Anything that the API sends, as a list of its keys. */
export function Json({ value }: { value: unknown }) {
	if (value === null || typeof value !== 'object') return <span class="mono">{safe(value)}</span>;
	if (Array.isArray(value)) {
		if (value.length === 0) return <span class="dim">none</span>;
		if (value.every(one => one === null || typeof one !== 'object'))
			return <span class="mono">{value.map(safe).join(' ')}</span>;
		return (
			<ol class="json-list">
				{value.map((one, i) => (
					<li key={i}>
						<Json value={one} />
					</li>
				))}
			</ol>
		);
	}
	return (
		<dl class="json">
			{Object.entries(value).map(([key, one]) => (
				<div key={key}>
					<dt>{safe(key)}</dt>
					<dd>
						<Json value={one} />
					</dd>
				</div>
			))}
		</dl>
	);
}
