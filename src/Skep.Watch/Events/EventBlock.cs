using System.Globalization;
using Skep.Isa;
using Skep.Isa.Classic;
using Skep.Output;

namespace Skep.Watch.Events;

/// <summary>An event as a block: all that is known, a line a fact, code and log below.</summary>
internal sealed class EventBlock(TextWriter output, bool colour)
{
    private const int LabelWidth = 22;

    // Attributes that a block tells in its own words.
    private static readonly HashSet<string> Told =
    [
        "map_type", "key_size", "value_size", "max_entries", "map_flags", "map_name", "btf_fd", "inner_map_fd",
        "prog_type", "insn_cnt", "license", "log_level", "prog_name", "expected_attach_type", "prog_btf_fd", "kern_version",
        "func_info_rec_size", "func_info_cnt", "line_info_rec_size", "line_info_cnt", "attach_type", "btf_size", "btf_log_level", "attach_btf_id",
    ];

    private readonly TextOutput _text = new();

    public void Write(BpfEvent e)
    {
        ProcessIdentity p = e.Process;
        DateTime second = DateTime.UnixEpoch.AddTicks(e.TimeNs / 100).ToLocalTime();
        output.WriteLine($"{Paint.Command($"#{e.Sequence} {e.Command}", colour)}  {second.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}.{e.TimeNs % 1_000_000_000:d9}");
        Line("process", $"{p.Comm}, pid {p.Pid}{(p.Tid != p.Pid ? $", tid {p.Tid}" : "")}{(p.ParentPid is { } parent ? $", parent {parent}" : "")}{(p.Uid is { } uid ? $", uid {uid}" : "")}");
        Name("executable", p.Exe);
        Name("cgroup", p.Cgroup);
        Name("unit", p.Unit);
        Name("container", p.Container);
        if (e.Map is { } map) Write(map);
        if (e.Program is { } program) Write(program);
        if (e.Link is { } link) Write(link);
        if (e.Btf is { } btf) Write(btf);
        if (e.Attach is { } attach) Write(attach);
        WriteAttr(e);
        if (e.Key is { } key) Line("key", Convert.ToHexStringLower(key));
        if (e.Value is { } value) Line("value", Convert.ToHexStringLower(value));
        if (e.Count is { } count && e.Pieces is null) Line("calls", $"{count.Calls}, {count.Errors} of them failed");
        Line("note", e.Note);
        if (e.Error is { } error) output.WriteLine($"  {"result",-LabelWidth}{Paint.Bad(error, colour)}");
        else if (e.Return is { } ret) Line("result", ret.ToString(CultureInfo.InvariantCulture));
        if (e.DurationNs is { } ns) Line("took", EventWords.Duration(ns));
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
            var disassembler = new Disassembler(new DisassemblerOptions { Symbols = new CapturedSymbols(program.MapsByDescriptor), ExplainFaults = true });
            disassembler.WriteListing(code.Instructions, _text);
        }
        else if (e.Attach?.Classic is { } classic)
        {
            ClassicUse use = e.Attach.How == "seccomp" ? ClassicUse.Seccomp : ClassicUse.Socket;
            new ClassicDisassembler(use).WriteListing(ClassicDecoder.Slots(classic.Bytes.Span), _text);
        }

        output.Write(_text.Written);
    }

    private void Write(MapDetails map)
    {
        Line("map type", map.Type);
        Name("map name", map.Name);
        Line("map id", Text(map.Id));
        Line("key size", Text(map.KeySize));
        Line("value size", Text(map.ValueSize));
        Line("max entries", Text(map.MaxEntries));
        Line("map flags", map.Flags is > 0 ? $"0x{map.Flags:x}" : null);
        Line("btf id", Text(map.BtfId));
        Line("inner map id", Text(map.InnerMapId));
    }

    private void Write(ProgramDetails program)
    {
        Line("program type", program.Type);
        Name("program name", program.Name);
        Line("program id", Text(program.Id));
        Line("tag", program.Tag);
        if (program.Code is { } code)
        {
            Line("instructions", Text(code.Count));
            Line("capture", EventWords.QualityWords(code) + (code.Reason is { } reason ? $": {reason}" : ""));
            Line("sha256", code.Sha256);
        }

        Line("license", program.License is { } license ? $"{license}{(program.GplCompatible is { } gpl ? $" (GPL compatible: {(gpl ? "yes" : "no")})" : "")}" : null);
        Line("expected attach type", program.ExpectedAttachType);
        Name("attach function", program.AttachFunction);
        Line("map ids", program.MapIds is { Count: > 0 } ids ? string.Join(", ", ids) : null);
        Line("verified instructions", Text(program.VerifiedInsns));
        Line("translated", program.BytesXlated is { } bytes ? $"{bytes} bytes" : null);
        Line("verifier log level", Text(program.LogLevel));
    }

    private void Write(LinkDetails link)
    {
        Line("link type", link.Type);
        Line("link id", Text(link.Id));
        Line("program id", Text(link.ProgramId));
        Line("attach type", link.AttachType);
        Name("target", link.Target);
    }

    private void Write(BtfDetails btf)
    {
        Line("btf id", Text(btf.Id));
        Line("size", btf.Size is { } size ? $"{size} bytes" : null);
    }

    private void Write(AttachDetails attach)
    {
        Line(attach.IsDetach ? "detached by" : "attached by", attach.How);
        Line("attach type", attach.AttachType);
        Name("target", attach.Target);
        Line("program id", Text(attach.ProgramId));
        Line("in place of program", Text(attach.ReplacedProgramId));
        Line("flags", attach.Flags.Count > 0 ? string.Join(", ", attach.Flags) : null);
        if (attach.Classic is not { } classic) return;
        Line("classic instructions", Text(classic.Count));
        Line("capture", EventWords.QualityWords(classic) + (classic.Reason is { } reason ? $": {reason}" : ""));
    }

    // What is zero was not asked for; addresses mean nothing to a reader.
    private void WriteAttr(BpfEvent e)
    {
        foreach (AttrField field in e.Attr)
        {
            if (Told.Contains(field.Name)) continue;
            if (field.Kind == AttrKind.Text ? field.Text is not { Length: > 0 } : field.Number == 0 || field.Kind == AttrKind.Hex) continue;
            WriteSafe(field.Name, EventWords.Value(field));
        }

        if (e.RawAttr is { } raw) Line("attr", Convert.ToHexStringLower(raw));
    }

    private void WriteLog(string? log, uint skipped)
    {
        if (log is null) return;
        output.WriteLine("  verifier log");
        if (skipped > 0) output.WriteLine($"    ... {skipped} bytes left out ...");
        foreach (string line in SafeText.EscapeLines(log.TrimEnd('\n')).Split('\n')) output.WriteLine($"    {line}");
    }

    // What others chose: names, paths.
    private void Name(string label, string? name)
    {
        if (!string.IsNullOrEmpty(name)) Line(label, name);
    }

    private void Line(string label, string? value)
    {
        if (value is not null) WriteSafe(label, SafeText.Escape(value));
    }

    private void WriteSafe(string label, string value) => output.WriteLine($"  {label,-LabelWidth}{value}");

    private static string? Text(uint? number) => number?.ToString(CultureInfo.InvariantCulture);

    private sealed class CapturedSymbols(IReadOnlyDictionary<int, uint> maps) : ISymbolResolver
    {
        public uint? MapId(int fd) => maps.TryGetValue(fd, out uint id) ? id : null;
    }
}
