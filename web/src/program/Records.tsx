import { pathOf, useApi } from '../api';
import { bytes, safe } from '../format';
import { Loaded, Section, Table } from '../parts/basic';

interface Field {
	offset: number;
	size: number;
	name?: string;
	name_by?: string;
	type?: string;
	stored?: { value?: string; insn?: number }[];
}

interface RecordLayout {
	sender?: string;
	insn?: number;
	map?: string;
	map_id?: number;
	size?: number;
	fields?: Field[];
}

/** The layout of what the program sends to user space. */
export function Records({ path }: { path: string | undefined }) {
	const answer = useApi<{ records?: RecordLayout[] } | RecordLayout[]>(path && pathOf(`${path}/records`));
	return (
		<Loaded of="the records" answer={answer}>
			{data => {
				const records = Array.isArray(data) ? data : (data.records ?? []);
				return records.length === 0 ? (
					<p class="note">It sends no record to user space.</p>
				) : (
					<>
						{records.map((record, i) => (
							<OneRecord key={i} record={record} />
						))}
					</>
				);
			}}
		</Loaded>
	);
}

function OneRecord({ record }: { record: RecordLayout }) {
	const fields = record.fields ?? [];
	const size = record.size ?? fields.reduce((end, field) => Math.max(end, field.offset + field.size), 0);
	const parts: { name: string; size: number; isHole: boolean }[] = [];
	let end = 0;
	for (const field of fields) {
		if (field.offset > end) parts.push({ name: '', size: field.offset - end, isHole: true });
		parts.push({ name: safe(field.name) || `+${field.offset}`, size: field.size, isHole: false });
		end = Math.max(end, field.offset + field.size);
	}
	if (size > end) parts.push({ name: '', size: size - end, isHole: true });
	return (
		<Section
			title={safe(record.map) || 'Record'}
			note={[
				record.sender,
				record.insn !== undefined && `instruction ${record.insn}`,
				record.size !== undefined && bytes(record.size),
			]
				.filter(Boolean)
				.join(', ')}>
			<div class="record">
				<div class="bar" aria-hidden="true">
					{parts.map((part, i) => (
						<div
							key={i}
							class={part.isHole ? 'is-hole' : ''}
							title={`${part.name} ${part.size}`}
							style={{ flexGrow: part.size, flexBasis: 0 }}>
							{part.name}
						</div>
					))}
				</div>
				<Table
					label={`Fields of ${safe(record.map)}`}
					heads={['offset', 'size', 'name', 'stored', 'instruction', 'name by']}
					numbers={[0, 1]}
					rows={fields.map(field => [
						field.offset,
						field.size,
						<code>{safe(field.name)}</code>,
						(field.stored ?? []).map(one => safe(one.value)).join('; '),
						(field.stored ?? []).map(one => one.insn).join(' '),
						(field.name_by ?? '').replace(/_/g, ' '),
					])}
				/>
			</div>
		</Section>
	);
}
