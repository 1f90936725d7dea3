using Skep.Bpf;
using Skep.Inventory.Passes;
using Skep.Isa;
using Skep.Linux.Kernel;
using Skep.Watch.Capture;
using Skep.Watch.Events;

namespace Skep.Watch.Decode;

/// <summary>Events of <c>bpf(2)</c>.</summary>
internal static class BpfCallDecoder
{
    // union bpf_attr, BPF_PROG_LOAD
    private const int InsnCnt = 4, LogLevel = 24, LogBuf = 32, ProgName = 48, ExpectedAttachType = 68, AttachBtfId = 108, AttachProgFd = 112, CoreReloCount = 116;

    // BPF_F_REPLACE
    private const uint ReplaceFlag = 1 << 2;

    /// <param name="common">What all events have.</param>
    /// <param name="call">The call.</param>
    /// <param name="tagsAreKnown">Whether the kernel computes tags in a way that is known here: Linux 6.18 changed it once.</param>
    public static BpfEvent Decode(BpfEvent common, CapturedCall call, bool tagsAreKnown)
    {
        ref readonly CallRecord record = ref call.Record;
        ref readonly EntryRecord entry = ref record.Entry;
        var command = (BpfCommand)entry.Command;
        bool known = entry.Command < (uint)BpfCommandNames.KnownCount;
        common = common with { Command = known ? command.Name() : entry.Command.ToString() };
        bool exitRead = (entry.Flags & (CallFlags.NoExit | CallFlags.ExitFault)) == 0;
        if (!exitRead && (entry.Flags & CallFlags.EnterFault) != 0)
            return common with { Note = common.Note is { } note ? $"the attributes could not be read; {note}" : "the attributes could not be read" };
        (AttrField[] fields, byte[]? raw) = AttrDecoder.Decode(command, entry.AttrSize, entry.Attr, exitRead ? record.Attr : default(ReadOnlySpan<byte>));
        common = common with { Attr = WithStrings(fields, call), RawAttr = raw };
        if (exitRead && (entry.Flags & (CallFlags.EnterFault | CallFlags.NoEnter)) == 0 && AttrDecoder.InputsDiffer(command, entry.AttrSize, entry.Attr, record.Attr))
            common = common with { Note = "raced: another thread rewrote the attributes during the call; they are told as they were at its entry" };
        return command switch
        {
            BpfCommand.MapCreate => common with { Map = CreatedMap(record) },
            BpfCommand.ProgLoad => common with { Program = LoadedProgram(call, tagsAreKnown) },
            BpfCommand.BtfLoad => common with { Btf = LoadedBtf(call) },
            BpfCommand.LinkCreate or BpfCommand.RawTracepointOpen or BpfCommand.LinkGetFdById => common with { Link = LinkDescriber.Created(call, command) },
            BpfCommand.LinkUpdate or BpfCommand.LinkDetach => common with { Link = LinkDescriber.Changed(record, command) },
            BpfCommand.ProgAttach or BpfCommand.ProgDetach => common with { Attach = Attached(call, command) },
            BpfCommand.MapGetFdById or BpfCommand.ProgGetFdById or BpfCommand.BtfGetFdById or BpfCommand.ObjGet => WithResult(common, record),
            BpfCommand.ProgBindMap => WithReference(WithReference(common, entry.References[0]), entry.References[1]),
            BpfCommand.TokenCreate or BpfCommand.ProgQuery => common,
            _ => WithElement(WithReference(common, entry.References[0]), call),
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
        ReadOnlySpan<byte> attr = record.Entry.Attr;

        // The kernel's map keeps the pattern of its inner maps, not its id.
        uint? inner = ReferencedId(record.Entry, 20, ObjectKind.Map);
        if (IsMadeByCall(record)) return Describe(record.Result.Object.Map) with { InnerMapId = inner };
        return new MapDetails
        {
            Type = ((BpfMapType)AttrDecoder.U32(attr, 0)).Name(),
            KeySize = AttrDecoder.U32(attr, 4),
            ValueSize = AttrDecoder.U32(attr, 8),
            MaxEntries = AttrDecoder.U32(attr, 12),
            Flags = AttrDecoder.U32(attr, 16),
            Name = KernelText.Read(attr.Slice(28, Name16.Length)),
            BtfId = ReferencedId(record.Entry, 48, ObjectKind.Btf),
            InnerMapId = inner,
        };
    }

    // Another thread may have put another map behind the descriptor.
    private static bool IsMadeByCall(in CallRecord record)
    {
        ReadOnlySpan<byte> attr = record.Entry.Attr, name = record.Result.Object.Map.Name;
        ref readonly MapRecord map = ref record.Result.Object.Map;
        return (ObjectKind)record.Result.Kind == ObjectKind.Map && map.Type == AttrDecoder.U32(attr, 0) && map.KeySize == AttrDecoder.U32(attr, 4)
            && map.ValueSize == AttrDecoder.U32(attr, 8) && (record.Entry.AttrSize < 28 + Name16.Length || name.SequenceEqual(attr.Slice(28, Name16.Length)));
    }

    private static MapDetails Describe(in MapRecord map) => new()
    {
        Id = map.Id,
        Type = ((BpfMapType)map.Type).Name(),
        Name = KernelText.Read(map.Name),
        KeySize = map.KeySize,
        ValueSize = map.ValueSize,
        MaxEntries = map.MaxEntries,
        Flags = map.Flags,
        BtfId = map.BtfId == 0 ? null : map.BtfId,
    };

    private static ProgramDetails LoadedProgram(CapturedCall call, bool tagsAreKnown)
    {
        ref readonly CallRecord record = ref call.Record;
        ReadOnlySpan<byte> attr = record.Entry.Attr;
        bool loaded = (ObjectKind)record.Result.Kind == ObjectKind.Program;
        ref readonly ProgramRecord program = ref record.Result.Object.Program;
        BlobBuffer? log = call.Blob(BlobKind.Log);
        var maps = ReadMapFds(call);
        ReadOnlySpan<byte> tag = program.Tag, digest = program.Digest;
        if (!loaded || !tagsAreKnown) tag = default;
        if (!loaded || !digest.ContainsAnyExcept((byte)0)) digest = default;
        var details = new ProgramDetails
        {
            Type = ((BpfProgramType)AttrDecoder.U32(attr, 0)).Name(),
            Name = KernelText.Read(attr.Slice(ProgName, Name16.Length)),
            License = call.Text(BlobKind.License),
            ExpectedAttachType = AttachTypeName(AttrDecoder.U32(attr, ExpectedAttachType)),
            AttachBtfId = AttrDecoder.U32(attr, AttachBtfId) is var btfId and not 0 ? btfId : null,
            MapIds = [.. maps.Values.Distinct()],
            MapsByDescriptor = maps,
            LogLevel = AttrDecoder.U32(attr, LogLevel),
            Log = log is not null && AttrDecoder.U64(attr, LogBuf) != 0 ? KernelText.Read(log.Bytes) : null,
            LogSkipped = log?.First ?? 0,
            Code = CodeComparer.Judge(call.Code, AttrDecoder.U32(attr, InsnCnt), tag, digest, AttrDecoder.U32(attr, CoreReloCount) != 0, record.PiecesLost,
                WhyUntagged(record, loaded)),
        };
        if (loaded) return Merge(details, program, KernelText.Read(record.Target));
        return details.AttachBtfId is { } target && AttrDecoder.U32(attr, AttachProgFd) == 0 ? details with { AttachFunction = KernelTypes.Name(target) } : details;
    }

    private static string WhyUntagged(in CallRecord record, bool loaded) =>
        loaded ? "this kernel computes tags in a way that is not known here"
        : (record.Entry.Flags & CallFlags.Open) != 0 ? "the end of the call was not seen"
        : (record.Entry.Flags & CallFlags.NoExit) != 0 ? "the task ended before the kernel answered"
        : record.Return < 0 ? "the load failed, so the kernel made no tag to compare"
        : "the returned descriptor was closed or replaced before the kernel's program could be read";

    private static ProgramDetails Merge(ProgramDetails asked, in ProgramRecord program, string attachFunction)
    {
        ReadOnlySpan<uint> ids = program.MapIds;
        return asked with
        {
            Id = program.Id,
            Type = ((BpfProgramType)program.Type).Name(),
            Name = KernelText.Read(program.Name),
            Tag = Convert.ToHexStringLower(program.Tag),
            GplCompatible = program.GplCompatible != 0,
            ExpectedAttachType = AttachTypeName(program.ExpectedAttachType),
            AttachBtfId = program.AttachBtfId == 0 ? null : program.AttachBtfId,
            AttachFunction = attachFunction.Length > 0 ? attachFunction : null,
            MapIds = ids[..(int)Math.Min(program.MapCount, MapIds.Length)].ToArray(),
            VerifiedInsns = program.InsnsVerified == 0 ? null : program.InsnsVerified,
            BytesXlated = program.InsnsXlated * Instruction.Size,
        };
    }

    private static Dictionary<int, uint> ReadMapFds(CapturedCall call)
    {
        var maps = new Dictionary<int, uint>();
        if (call.Blob(BlobKind.MapFds) is { IsWhole: true } blob)
            foreach (MapFd map in System.Runtime.InteropServices.MemoryMarshal.Cast<byte, MapFd>(blob.Bytes)) maps[map.Fd] = map.Id;
        return maps;
    }

    private static BtfDetails LoadedBtf(CapturedCall call)
    {
        ref readonly CallRecord record = ref call.Record;
        ReadOnlySpan<byte> attr = record.Entry.Attr;
        return new BtfDetails
        {
            Id = (ObjectKind)record.Result.Kind == ObjectKind.Btf ? record.Result.Id : null,
            Size = AttrDecoder.U32(attr, 16),
            LogLevel = AttrDecoder.U32(attr, 24),
            Log = call.Text(BlobKind.Log),
        };
    }

    private static AttachDetails Attached(CapturedCall call, BpfCommand command)
    {
        ref readonly EntryRecord entry = ref call.Record.Entry;
        ReadOnlySpan<byte> attr = entry.Attr;
        var type = (BpfAttachType)AttrDecoder.U32(attr, 8);
        return new AttachDetails
        {
            How = command.Name(),
            IsDetach = command == BpfCommand.ProgDetach,
            AttachType = type.Name(),
            Target = TargetText.OfAttach(call, type),
            ProgramId = ReferencedId(entry, 4, ObjectKind.Program),
            ReplacedProgramId = (AttrDecoder.U32(attr, 12) & ReplaceFlag) != 0 ? ReferencedId(entry, 16, ObjectKind.Program) : null,
            Flags = FlagNames.Attach(AttrDecoder.U32(attr, 12)),
        };
    }

    private static string? AttachTypeName(uint type) => type == 0 ? null : ((BpfAttachType)type).Name();

    internal static uint? ReferencedId(in EntryRecord entry, int offset, ObjectKind kind)
    {
        foreach (ref readonly ObjectReference reference in (ReadOnlySpan<ObjectReference>)entry.References)
            if (reference.Kind == kind && reference.Offset == offset) return reference.Id;
        return null;
    }

    private static BpfEvent WithResult(BpfEvent common, in CallRecord record) => (ObjectKind)record.Result.Kind switch
    {
        ObjectKind.Map => common with { Map = Describe(record.Result.Object.Map) },
        ObjectKind.Program => common with { Program = Merge(new ProgramDetails(), record.Result.Object.Program, KernelText.Read(record.Target)) },
        ObjectKind.Link => common with { Link = LinkDescriber.Describe(record) },
        ObjectKind.Btf => common with { Btf = new BtfDetails { Id = record.Result.Id } },
        _ => common,
    };

    private static BpfEvent WithReference(BpfEvent common, in ObjectReference reference) => reference.Kind switch
    {
        ObjectKind.Map => common with { Map = new MapDetails { Id = reference.Id, Type = ((BpfMapType)reference.Type).Name(), Name = KernelText.Read(reference.Name) } },
        ObjectKind.Program => common with { Program = new ProgramDetails { Id = reference.Id, Type = ((BpfProgramType)reference.Type).Name(), Name = KernelText.Read(reference.Name) } },
        ObjectKind.Link => common with { Link = new LinkDetails { Id = reference.Id, Type = ((BpfLinkType)reference.Type).Name() } },
        ObjectKind.Btf => common with { Btf = new BtfDetails { Id = reference.Id } },
        _ => common,
    };

    private static BpfEvent WithElement(BpfEvent common, CapturedCall call) => common with
    {
        Key = call.Blob(BlobKind.Key)?.Bytes.ToArray(),
        Value = call.Blob(BlobKind.Value)?.Bytes.ToArray(),
    };
}
