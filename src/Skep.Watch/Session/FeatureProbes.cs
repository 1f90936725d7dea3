using Skep.Bpf;
using Skep.Watch.Events;

namespace Skep.Watch.Session;

/// <summary>
/// Recognizes the calls by which libbpf finds out what the kernel can do (src/features.c, and bpf_object__probe_loading() of src/libbpf.c,
/// in libbpf 1.0 to 1.7). A call is one of them only when all that it carries is what libbpf sends, byte for byte, and what was captured
/// is certain; what names an object is one only when that object is a probe's.
/// </summary>
internal sealed class FeatureProbes
{
    private const int Remembered = 1024;

    private enum Made
    {
        Program,
        Map,
        Btf,
    }

    // The objects that probes made, and by whom: oldest first.
    private readonly Dictionary<(Made Kind, uint Id), uint> _made = [];
    private readonly Queue<(Made Kind, uint Id)> _oldest = new();

    /// <summary>Whether an event is a probe's. To be asked of every event, in order.</summary>
    public bool IsOfProbe(BpfEvent e)
    {
        if (e.Syscall != "bpf" || e.Note is not null || e.RawAttr is not null) return false;
        switch (e.Command)
        {
            case "prog_load" when IsProgram(e):
                Remember(Made.Program, e.Program!.Id, e);
                return true;
            case "map_create" when IsMap(e):
                Remember(Made.Map, e.Map!.Id, e);
                return true;
            case "btf_load" when IsBtf(e):
                Remember(Made.Btf, e.Btf!.Id, e);
                return true;
            case "prog_bind_map":
                return IsMade(Made.Program, e.Program?.Id, e) && IsMade(Made.Map, e.Map?.Id, e);
            case "obj_get_info_by_fd":
                return e.Program is null && e.Map is null && IsMade(Made.Btf, e.Btf?.Id, e);
            case "link_create":
                return IsLink(e);
            default:
                return false;
        }
    }

    private bool IsProgram(BpfEvent e)
    {
        if (e.Program is not { Code: { IsWhole: true } code } program) return false;
        bool isCertain = e.Failed ? code.Quality == CaptureQuality.Consistent : code.Quality == CaptureQuality.Proven;
        if (!isCertain || program.License != "GPL") return false;
        foreach (ProbeProgram probe in ProbeProgram.All)
        {
            if (!probe.IsOf(program, code.Bytes.Span)) continue;
            if (probe.UsesMap && !(program.MapIds is [var map] && IsMade(Made.Map, map, e))) return false;
            return SetsOnly(e, name => name is "prog_type" or "insn_cnt" or "insns" or "license" or "prog_name" or "expected_attach_type"
                || probe.Sets(name));
        }

        return false;
    }

    private static bool IsMap(BpfEvent e)
    {
        const uint mmapable = 1 << 10; // BPF_F_MMAPABLE
        if (e.Map is not { Type: "array", KeySize: 4, MaxEntries: 1 } map) return false;
        uint flags = (map.Flags ?? 0) & ~(uint)BpfEvent.TokenFlag;
        bool isProbe = map.Name switch
        {
            "libbpf_global" or "libbpf_det_bind" => map.ValueSize == 32 && flags == 0,
            "libbpf_mmap" => map.ValueSize == 4 && flags == mmapable,
            _ => false,
        };
        return isProbe && SetsOnly(
            e, name => name is "map_type" or "key_size" or "value_size" or "max_entries" or "map_flags" or "map_name");
    }

    private static bool IsBtf(BpfEvent e) =>
        e.Btf is { } btf && ProbeBtf.IsOf(btf.Bytes.Span) && SetsOnly(e, name => name is "btf" or "btf_size");

    // libbpf attaches its programs to no descriptor at all, and looks which error that is.
    private bool IsLink(BpfEvent e) =>
        e is { Error: "EBADF" or "EINVAL", Link: { AttachType: "perf_event" or "trace_uprobe_multi" } link }
        && IsMade(Made.Program, link.ProgramId, e)
        && e.Attr.Any(field => field.Name == "target_fd" && (int)field.Number == -1);

    // All else that the call says is zero, but for a BPF token.
    private static bool SetsOnly(BpfEvent e, Predicate<string> isExpected)
    {
        bool hasToken = e.Attr.Any(field => field.Name.EndsWith("_token_fd", StringComparison.Ordinal) && field.Number != 0);
        foreach (AttrField field in e.Attr)
        {
            bool isSet = field.Kind == AttrKind.Text ? field.Text is { Length: > 0 } : field.Number != 0;
            if (!isSet) continue;
            bool isToken = hasToken && (field.Name.EndsWith("_token_fd", StringComparison.Ordinal)
                || (field.Name is "prog_flags" or "btf_flags" && field.Number == BpfEvent.TokenFlag));
            if (!isToken && !isExpected(field.Name)) return false;
        }

        return true;
    }

    private bool IsMade(Made kind, uint? id, BpfEvent e) =>
        id is { } known && _made.TryGetValue((kind, known), out uint pid) && pid == e.Process.Pid;

    private void Remember(Made kind, uint? id, BpfEvent e)
    {
        if (id is not { } made) return;
        if (_made.TryAdd((kind, made), e.Process.Pid)) _oldest.Enqueue((kind, made));
        else _made[(kind, made)] = e.Process.Pid;
        if (_oldest.Count > Remembered) _made.Remove(_oldest.Dequeue());
    }
}
