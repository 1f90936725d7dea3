using System.Globalization;
using Skep.Isa;
using Skep.Isa.Classic;
using Skep.Output;

namespace Skep.Watch.Events;

/// <summary>An event as a block: all that is known, one line per fact, code and log below.</summary>
internal sealed class EventBlock(TextWriter output, bool colour)
{
    private const int LabelWidth = 22;

    // Attributes whose facts have lines of their own.
    private static readonly HashSet<string> InOwnWords =
    [
        "map_type", "key_size", "value_size", "max_entries", "map_flags", "map_name", "btf_fd", "inner_map_fd",
        "prog_type", "insn_cnt", "license", "log_level", "prog_name", "expected_attach_type", "prog_btf_fd", "kern_version",
        "func_info_rec_size", "func_info_cnt", "line_info_rec_size", "line_info_cnt", "attach_type", "btf_size", "btf_log_level",
        "attach_btf_id",
    ];

    private readonly TextOutput _text = new();

    public void Write(BpfEvent e)
    {
        output.WriteLine($"{Paint.Command($"#{e.Sequence} {e.Command}", colour)}  {UtcText.Nanoseconds(e.TimeNs)}");
        var lines = new Lines(output);
        e.Process.WriteTo(lines);
        e.Map?.WriteTo(lines);
        e.Program?.WriteTo(lines);
        e.Link?.WriteTo(lines);
        e.Btf?.WriteTo(lines);
        e.Attach?.WriteTo(lines);
        WriteAttr(e, lines);
        if (e.Key is { } key) lines.Line("key", Convert.ToHexStringLower(key));
        if (e.Value is { } value) lines.Line("value", Convert.ToHexStringLower(value));
        if (e.Count is { } count && e.Pieces is null) lines.Line("calls", $"{count.Calls}, {count.Errors} of them failed");
        lines.Line("note", e.Note);
        if (e.Error is { } error) output.WriteLine($"  {"result",-LabelWidth}{Paint.Bad(error, colour)}");
        else lines.Line("result", e.Return?.ToString(CultureInfo.InvariantCulture));
        if (e.DurationNs is { } ns) lines.Line("took", EventWords.Duration(ns));
        WriteFindings(e.Program);
        WriteCode(e);
        WriteLog(e.Program?.Log ?? e.Btf?.Log, e.Program?.LogSkipped ?? 0);
        output.WriteLine();
    }

    /// <summary>The code of an event, numbered as bpftool numbers it; nothing if it has none.</summary>
    public void WriteCode(BpfEvent e)
    {
        _text.Clear();
        if (e.Program is { Code: { } code } program)
        {
            var options = new DisassemblerOptions { Symbols = new CapturedSymbols(program.MapsByDescriptor), ExplainFaults = true };
            new Disassembler(options).WriteListing(code.Instructions, _text);
        }
        else if (e.Attach?.Classic is { } classic)
        {
            ClassicUse use = e.Attach.How == AttachMethod.Seccomp ? ClassicUse.Seccomp : ClassicUse.Socket;
            new ClassicDisassembler(use).WriteListing(ClassicDecoder.Slots(classic.Bytes.Span), _text);
        }

        output.Write(_text.Written);
    }

    /// <summary>What is found in a program, one line each; nothing if that was not asked for.</summary>
    public void WriteFindings(ProgramDetails? program)
    {
        foreach (ProgramFinding finding in program?.Findings ?? [])
            output.WriteLine($"    {Paint.Bad(finding.Name, colour)}: {SafeText.Escape(finding.Text)}{Proof(finding.Slots)}");
        if (program?.NotExplained is { } reason) output.WriteLine($"    not explained: {SafeText.Escape(reason)}");
    }

    private static string Proof(IReadOnlyList<uint> slots)
    {
        const int shown = 8;
        string more = slots.Count > shown ? $" and {slots.Count - shown} more" : "";
        return slots.Count == 0 ? "" : $" [{string.Join(' ', slots.Take(shown))}{more}]";
    }

    // What is zero was not asked for; addresses mean nothing to a reader.
    private static void WriteAttr(BpfEvent e, Lines lines)
    {
        foreach (AttrField field in e.Attr)
        {
            if (InOwnWords.Contains(field.Name)) continue;
            if (field.Kind == AttrKind.Text ? field.Text is not { Length: > 0 } : field.Number == 0 || field.Kind == AttrKind.Hex) continue;
            lines.SafeLine(field.Name, EventWords.Value(field));
        }

        if (e.RawAttr is { } raw) lines.Line("attr", Convert.ToHexStringLower(raw));
    }

    private void WriteLog(string? log, uint skipped)
    {
        if (log is null) return;
        output.WriteLine("  verifier log");
        if (skipped > 0) output.WriteLine($"    ... {skipped} bytes left out ...");
        foreach (string line in SafeText.EscapeLines(log.TrimEnd('\n')).Split('\n')) output.WriteLine($"    {line}");
    }

    private sealed class Lines(TextWriter output) : ILineWriter
    {
        public void Line(string label, string? value)
        {
            if (value is not null) SafeLine(label, SafeText.Escape(value));
        }

        public void Line(string label, uint? value) => Line(label, value?.ToString(CultureInfo.InvariantCulture));

        public void Name(string label, string? value)
        {
            if (!string.IsNullOrEmpty(value)) Line(label, value);
        }

        public void SafeLine(string label, string value) => output.WriteLine($"  {label,-LabelWidth}{value}");
    }

    private sealed class CapturedSymbols(IReadOnlyDictionary<int, uint> maps) : ISymbolResolver
    {
        public uint? MapId(int fd) => maps.TryGetValue(fd, out uint id) ? id : null;
    }
}
