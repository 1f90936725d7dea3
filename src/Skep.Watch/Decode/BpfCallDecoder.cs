using System.Runtime.InteropServices;
using Skep.Bpf;
using Skep.Linux.Kernel;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Events of <c>bpf(2)</c>.</summary>
/// <param name="typeName">The name of one of the kernel's BTF types; null when it is not known.</param>
/// <param name="tagsAreKnown">Whether the kernel computes tags in a way that is known here: Linux 6.18 changed it once.</param>
internal sealed class BpfCallDecoder(Func<uint, string?> typeName, bool tagsAreKnown)
{
    // BPF_F_REPLACE
    private const uint ReplaceFlag = 1 << 2;

    /// <param name="common">What all events have.</param>
    /// <param name="call">The call.</param>
    public BpfEvent Decode(BpfEvent common, CapturedCall call)
    {
        ref readonly CallRecord record = ref call.Record;
        ref readonly EntryRecord entry = ref record.Entry;
        var command = (BpfCommand)entry.Cmd;
        bool known = entry.Cmd < (uint)BpfCommandNames.KnownCount;
        common = common with { Command = known ? command.Name() : entry.Cmd.ToString() };
        bool exitRead = (entry.Flags & (CallFlags.NoExit | CallFlags.ExitFault)) == 0;
        if (!exitRead && (entry.Flags & CallFlags.EnterFault) != 0)
        {
            const string unread = "the attributes could not be read";
            return common with { Note = common.Note is { } note ? $"{unread}; {note}" : unread };
        }

        ReadOnlySpan<byte> exit = exitRead ? record.Attr : default(ReadOnlySpan<byte>);
        (AttrField[] fields, byte[]? raw) = AttrDecoder.Decode(command, entry.AttrSize, entry.Attr, exit);
        common = common with { Attr = WithStrings(fields, call), RawAttr = raw };
        // The kernel's copy, which a thread cannot rewrite, needs no second reading.
        bool bothRead = exitRead && (entry.Flags & CallFlags.Taken) == 0
            && (entry.Flags & (CallFlags.EnterFault | CallFlags.NoEnter)) == 0;
        if (bothRead && AttrDecoder.InputsDiffer(command, entry.AttrSize, entry.Attr, record.Attr))
        {
            common = common with
            {
                Note = "raced: another thread rewrote the attributes during the call; they are shown as they were at its entry",
            };
        }

        return command switch
        {
            BpfCommand.MapCreate => common with { Map = CreatedMap(record) },
            BpfCommand.ProgLoad => common with { Program = LoadedProgram(call) },
            BpfCommand.BtfLoad => common with { Btf = LoadedBtf(call) },
            BpfCommand.LinkCreate or BpfCommand.RawTracepointOpen or BpfCommand.LinkGetFdById =>
                common with { Link = LinkDescriber.Created(call, command) },
            BpfCommand.LinkUpdate or BpfCommand.LinkDetach => common with { Link = LinkDescriber.Changed(record, command) },
            BpfCommand.ProgAttach or BpfCommand.ProgDetach => common with { Attach = Attached(call, command) },
            BpfCommand.MapGetFdById or BpfCommand.ProgGetFdById or BpfCommand.BtfGetFdById or BpfCommand.ObjGet =>
                WithResult(common, record),
            BpfCommand.ProgBindMap or BpfCommand.ProgAssocStructOps => WithReference(WithReference(common, entry.Refs[0]), entry.Refs[1]),
            BpfCommand.TokenCreate or BpfCommand.ProgQuery => common,
            _ => WithElement(WithReference(common, entry.Refs[0]), call),
        };
    }

    private static AttrField[] WithStrings(AttrField[] fields, CapturedCall call)
    {
        for (int i = 0; i < fields.Length; i++)
        {
            string? text = fields[i].Name switch
            {
                "pathname" or "path" => call.Text(BlobKind.Path),
                "name" => call.Text(BlobKind.Name),
                "license" => call.Text(BlobKind.License),
                _ => null,
            };
            if (text is not null) fields[i] = fields[i] with { Kind = AttrKind.Text, Text = text };
        }

        return fields;
    }

    private static MapDetails CreatedMap(in CallRecord record)
    {
        ref readonly MapCreateAttr attr = ref AttrDecoder.As<MapCreateAttr>(record.Entry);

        // The kernel's map keeps the pattern of its inner maps, not its id.
        uint? inner = ReferencedId(record.Entry, MapCreateAttr.At.inner_map_fd, ObjectKind.Map);
        if (IsMadeByCall(record, attr)) return MapDetails.Of(record.Result.Object.Map) with { InnerMapId = inner };
        return new MapDetails
        {
            Type = ((BpfMapType)attr.map_type).Name(),
            KeySize = attr.key_size,
            ValueSize = attr.value_size,
            MaxEntries = attr.max_entries,
            Flags = attr.map_flags,
            Name = KernelText.Read(attr.map_name),
            BtfId = ReferencedId(record.Entry, MapCreateAttr.At.btf_fd, ObjectKind.Btf),
            InnerMapId = inner,
        };
    }

    // Another thread may have put another map behind the descriptor. What is behind the end of a name the kernel leaves out.
    private static bool IsMadeByCall(in CallRecord record, in MapCreateAttr attr)
    {
        ref readonly MapRecord map = ref record.Result.Object.Map;
        bool isNamed = record.Entry.AttrSize >= MapCreateAttr.At.map_name + EventLayout.NameLen;
        return record.Result.Kind == ObjectKind.Map && map.Type == attr.map_type && map.KeySize == attr.key_size
            && map.ValueSize == attr.value_size && (!isNamed || KernelText.Read(map.Name) == KernelText.Read(attr.map_name));
    }

    private ProgramDetails LoadedProgram(CapturedCall call)
    {
        ref readonly CallRecord record = ref call.Record;
        ref readonly ProgLoadAttr attr = ref AttrDecoder.As<ProgLoadAttr>(record.Entry);
        bool loaded = record.Result.Kind == ObjectKind.Prog;
        ref readonly ProgRecord program = ref record.Result.Object.Prog;
        BlobBuffer? log = call.Blob(BlobKind.Log);
        var maps = ReadMapFds(call);
        ReadOnlySpan<byte> tag = program.Tag, digest = program.Digest;
        if (!loaded || !tagsAreKnown) tag = default;
        if (!loaded || !digest.ContainsAnyExcept((byte)0)) digest = default;
        var details = new ProgramDetails
        {
            Type = ((BpfProgramType)attr.prog_type).Name(),
            Name = KernelText.Read(attr.prog_name),
            License = call.Text(BlobKind.License),
            ExpectedAttachType = ProgramDetails.AttachTypeName(attr.expected_attach_type),
            AttachBtfId = attr.attach_btf_id is var btfId and not 0 ? btfId : null,
            MapIds = [.. maps.Values.Distinct()],
            MapsByDescriptor = maps,
            LogLevel = attr.log_level,
            Log = log is not null ? KernelText.Read(log.Bytes) : null,
            LogSkipped = log?.First ?? 0,
            Code = CodeComparer.Judge(
                call.Code, attr.insn_cnt, tag, digest, attr.core_relo_cnt != 0, record.PiecesLost,
                WhyUntagged(record, loaded), call.IsReadOnce),
        };
        if (loaded) return details.With(program, KernelText.Read(record.Target));
        return details.AttachBtfId is { } target && attr.attach_prog_fd == 0
            ? details with { AttachFunction = typeName(target) }
            : details;
    }

    private static string WhyUntagged(in CallRecord record, bool loaded) =>
        loaded ? "this kernel computes tags in a way that is not known here"
        : (record.Entry.Flags & CallFlags.Open) != 0 ? "the end of the call was not seen"
        : (record.Entry.Flags & CallFlags.NoExit) != 0 ? "the task ended before the kernel answered"
        : record.Ret < 0 ? "the load failed, so the kernel made no tag to compare"
        : "the returned descriptor was closed or replaced before the kernel's program could be read";

    private static Dictionary<int, uint> ReadMapFds(CapturedCall call)
    {
        var maps = new Dictionary<int, uint>();
        if (call.Blob(BlobKind.MapFds) is { IsWhole: true } blob)
            foreach (MapFdRecord map in MemoryMarshal.Cast<byte, MapFdRecord>(blob.Bytes)) maps[map.Fd] = map.Id;
        return maps;
    }

    private static BtfDetails LoadedBtf(CapturedCall call)
    {
        ref readonly CallRecord record = ref call.Record;
        ref readonly BtfLoadAttr attr = ref AttrDecoder.As<BtfLoadAttr>(record.Entry);
        return new BtfDetails
        {
            Id = record.Result.Kind == ObjectKind.Btf ? record.Result.Id : null,
            Size = attr.btf_size,
            LogLevel = attr.btf_log_level,
            Log = call.Text(BlobKind.Log),
            Bytes = SmallBtf(call, attr.btf_size),
        };
    }

    private static ReadOnlyMemory<byte> SmallBtf(CapturedCall call, uint size) =>
        call.Blob(BlobKind.BtfEnter) is { IsWhole: true } enter && call.Blob(BlobKind.BtfExit) is { IsWhole: true } exit
            && enter.Total == size && enter.Bytes.SequenceEqual(exit.Bytes) ? enter.Bytes.ToArray() : default;

    private static AttachDetails Attached(CapturedCall call, BpfCommand command)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        ref readonly ProgAttachAttr attr = ref AttrDecoder.As<ProgAttachAttr>(entry);
        var type = (BpfAttachType)attr.attach_type;
        bool replaces = (attr.attach_flags & ReplaceFlag) != 0;
        return new AttachDetails
        {
            How = command == BpfCommand.ProgDetach ? AttachMethod.ProgDetach : AttachMethod.ProgAttach,
            IsDetach = command == BpfCommand.ProgDetach,
            AttachType = type.Name(),
            Target = TargetText.OfAttach(call, type),
            ProgramId = ReferencedId(entry, ProgAttachAttr.At.attach_bpf_fd, ObjectKind.Prog),
            ReplacedProgramId = replaces ? ReferencedId(entry, ProgAttachAttr.At.replace_bpf_fd, ObjectKind.Prog) : null,
            Flags = FlagNames.Attach(attr.attach_flags),
        };
    }

    internal static uint? ReferencedId(in EntryRecord entry, int offset, ObjectKind kind)
    {
        foreach (ref readonly RefRecord reference in (ReadOnlySpan<RefRecord>)entry.Refs)
            if (reference.Kind == kind && reference.Offset == (uint)offset) return reference.Id;
        return null;
    }

    private static BpfEvent WithResult(BpfEvent common, in CallRecord record) => record.Result.Kind switch
    {
        ObjectKind.Map => common with { Map = MapDetails.Of(record.Result.Object.Map) },
        ObjectKind.Prog => common with { Program = new ProgramDetails().With(record.Result.Object.Prog, KernelText.Read(record.Target)) },
        ObjectKind.Link => common with { Link = LinkDescriber.Describe(record) },
        ObjectKind.Btf => common with { Btf = new BtfDetails { Id = record.Result.Id } },
        _ => common,
    };

    private static BpfEvent WithReference(BpfEvent common, in RefRecord reference) => reference.Kind switch
    {
        ObjectKind.Map => common with { Map = MapDetails.Of(reference) },
        ObjectKind.Prog => common with { Program = ProgramDetails.Of(reference) },
        ObjectKind.Link => common with { Link = LinkDetails.Of(reference) },
        ObjectKind.Btf => common with { Btf = new BtfDetails { Id = reference.Id } },
        _ => common,
    };

    private static BpfEvent WithElement(BpfEvent common, CapturedCall call) => common with
    {
        Key = call.Blob(BlobKind.Key)?.Bytes.ToArray(),
        Value = call.Blob(BlobKind.Value)?.Bytes.ToArray(),
    };
}
