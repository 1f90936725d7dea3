using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Guard.Compile;
using Skep.Guard.Model;

namespace Skep.Guard.Kernel;

/// <summary>Puts the tables of policies into the maps of the kernel side.</summary>
/// <param name="tables">The tables.</param>
internal sealed class TableMaps(GuardTables tables)
{
    private static readonly string[] Filled = ["rows", "policies", "actions", "numbers", "texts", "ranges", "patterns"];

    /// <summary>Sets how many entries the maps have, and the tables that the programs are verified with.</summary>
    public void Configure(BpfObject bpf, GuardTablesRecord settings)
    {
        SetSize(bpf, "rows", tables.Rows.Count + 1);
        SetSize(bpf, "policies", tables.Policies.Count);
        SetSize(bpf, "actions", tables.Rules.Count);
        SetSize(bpf, "hits", tables.Rules.Count + tables.Policies.Count);
        SetSize(bpf, "numbers", tables.Numbers.Count);
        SetSize(bpf, "texts", tables.Texts.Count);
        SetSize(bpf, "ranges", tables.Ranges.Count);
        SetSize(bpf, "patterns", tables.Patterns.Count);
        settings.Words = (uint)tables.Words;
        settings.Rules = (uint)tables.Rules.Count;
        settings.Policies = (uint)tables.Policies.Count;
        settings.Wanted = tables.Wanted;
        settings.IsClosed = tables.Policies.Any(policy => policy.Fail == FailMode.Closed) ? 1u : 0;
        settings.Guarded = (uint)tables.Guarded;
        for (int i = 0; i < tables.OperationRows.Count; i++) settings.OperationRows[i] = (uint)tables.OperationRows[i];
        for (int i = 0; i < tables.DefaultRows.Count; i++)
        {
            settings.DefaultRows[i] = (uint)tables.DefaultRows[i];
            settings.UnknownRows[i] = (uint)tables.UnknownRows[i];
            (settings.RangeStarts[i], settings.RangeCounts[i]) = Part(tables.Ranges, range => (int)range.Kind == i);
            (settings.PatternStarts[i], settings.PatternCounts[i]) = Part(tables.Patterns, pattern => (int)pattern.Kind == i);
        }

        SetTables(bpf, settings);
    }

    /// <summary>Sets the tables that the programs are verified with.</summary>
    public static void SetTables(BpfObject bpf, GuardTablesRecord settings) =>
        bpf.Maps.First(map => map.SectionName == ".rodata.tables")
            .WriteInitialValue(0, MemoryMarshal.AsBytes(new ReadOnlySpan<GuardTablesRecord>(in settings)));

    /// <summary>Fills the maps, and freezes them: no system call changes them from then on.</summary>
    public void Fill(BpfObject bpf)
    {
        Set(bpf, "rows", tables.Rows, row =>
        {
            var record = new GuardRowRecord();
            row.CopyTo((Span<ulong>)record.Rules);
            return record;
        });
        int first = 0;
        Set(bpf, "policies", tables.Policies, policy =>
        {
            var record = new GuardPolicyRecord
            {
                First = (uint)first, End = (uint)(first + policy.Rules.Count),
                DefaultAction = (uint)policy.Default
            };
            first += policy.Rules.Count;
            return record;
        });
        Set(bpf, "actions", tables.Rules, rule => (uint)rule.Action);
        Set(bpf, "ranges", tables.Ranges, range => new GuardRangeRecord { Low = range.Low, Row = (uint)range.Row });
        Set(bpf, "patterns", tables.Patterns, PatternOf);
        using (BpfMap numbers = bpf.Map("numbers").Open())
            foreach (NumberEntry entry in tables.Numbers)
                numbers.Update(new GuardNumberKeyRecord { Kind = (uint)entry.Kind, Number = entry.Number }, (uint)entry.Row);
        using (BpfMap texts = bpf.Map("texts").Open())
            foreach (TextEntry entry in tables.Texts) texts.Update(KeyOf(entry), (uint)entry.Row);

        foreach (string name in Filled) Freeze(bpf, name);
    }

    /// <summary>Freezes a map.</summary>
    public static void Freeze(BpfObject bpf, string name)
    {
        using BpfMap map = bpf.Map(name).Open();
        map.Freeze();
    }

    private static void SetSize(BpfObject bpf, string name, int entries) => bpf.Map(name).MaxEntries = (uint)Math.Max(entries, 1);

    private static (uint Start, uint Count) Part<T>(IReadOnlyList<T> entries, Func<T, bool> isPart)
    {
        int count = entries.Count(isPart);
        return count == 0 ? (0u, 0u) : ((uint)entries.TakeWhile(entry => !isPart(entry)).Count(), (uint)count);
    }

    private static void Set<TEntry, TRecord>(BpfObject bpf, string name, IReadOnlyList<TEntry> entries, Func<TEntry, TRecord> record)
        where TRecord : unmanaged
    {
        using BpfMap map = bpf.Map(name).Open();
        uint[] keys = [.. Enumerable.Range(0, entries.Count).Select(i => (uint)i)];
        TRecord[] values = [.. entries.Select(record)];

        // Values of arrays are rounded up to 8 bytes.
        int size = (Marshal.SizeOf<TRecord>() + 7) / 8 * 8;
        byte[] bytes = new byte[size * values.Length];
        for (int i = 0; i < values.Length; i++) MemoryMarshal.Write(bytes.AsSpan(i * size), in values[i]);
        if (map.Info.UserValueSize == size) map.UpdateBatch(MemoryMarshal.AsBytes<uint>(keys), bytes);
        else for (int i = 0; i < values.Length; i++) map.Update(keys[i], values[i]);
    }

    private static GuardPatternRecord PatternOf(PatternEntry entry)
    {
        var record = new GuardPatternRecord
        {
            Device = entry.Device, Row = (uint)entry.Row, Prefix = (uint)entry.Prefix.Length, Suffix = (uint)entry.Suffix.Length,
        };
        entry.Prefix.CopyTo((Span<byte>)record.Text);
        entry.Suffix.CopyTo(((Span<byte>)record.Text)[entry.Prefix.Length..]);
        return record;
    }

    private static GuardTextKeyRecord KeyOf(TextEntry entry)
    {
        var key = new GuardTextKeyRecord { Kind = (uint)entry.Kind, Device = entry.Device, Length = (uint)entry.Text.Length };
        entry.Text.CopyTo((Span<byte>)key.Text);
        return key;
    }
}
