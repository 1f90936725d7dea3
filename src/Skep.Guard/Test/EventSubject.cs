using System.Globalization;
using Skep.Bpf;
using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Isa;
using Skep.Watch.Events;

namespace Skep.Guard.Test;

/// <summary>Makes what policies judge of events that watch recorded.</summary>
/// <param name="findings">Finds what is in code; null when no policy asks for it.</param>
/// <param name="functions">Names functions of the kernel that the events are of; null when that may be another than the one here.</param>
internal sealed class EventSubject(ProgramFindings? findings = null, KernelFunctions? functions = null)
{
    private const int MinutesOfDay = 24 * 60;
    private const string Deleted = " (deleted)";
    private const GuardOperations OfPrograms = GuardOperations.Attach | GuardOperations.Link | GuardOperations.Pin;

    private static readonly ConditionKind[] KindsOfPrograms =
        [ConditionKind.ProgType, ConditionKind.ExpectedAttachType, ConditionKind.AttachFunction, ConditionKind.ProgName, ConditionKind.Tag];

    private readonly LoadedPrograms _loaded = new();

    /// <summary>Takes a program that was loaded before the first event.</summary>
    public void Know(SavedProgram program) => _loaded.Know(program);

    /// <summary>Makes one of an event. To be asked of every event, in order: later ones name programs that earlier ones loaded.</summary>
    public Subject Of(SavedEvent e)
    {
        _loaded.Add(e);
        GuardOperations operations = OperationsOf(e);
        var subject = new Subject(operations);
        if (operations == GuardOperations.None) return subject;
        SetCaller(subject, e);
        bool isLoad = operations == GuardOperations.ProgLoad;
        SavedProgram? program = isLoad ? e.Prog : _loaded.Of(e) ?? e.Prog;
        if (program is not null) SetProgram(subject, program);
        if (isLoad && program is not null) SetLoad(subject, program, e);
        if ((operations & OfPrograms) != 0 && program is null && operations == GuardOperations.Pin)
            foreach (ConditionKind kind in KindsOfPrograms) subject.Set(kind, Fact.None);
        subject.Set(ConditionKind.MapType,
            e.Map?.Type is { } type && BpfMapTypeNames.TryParse(type, out BpfMapType map) ? Fact.Of((ulong)map)
            : operations == GuardOperations.Pin ? Fact.None : Fact.Unknown);
        if (FlagsOf(e) is { } flags) subject.Set(ConditionKind.Token, Fact.Of((flags & BpfEvent.TokenFlag) != 0));
        return subject;
    }

    /// <summary>The operations that an event is; none for one that is not guarded.</summary>
    public static GuardOperations OperationsOf(SavedEvent e)
    {
        // The kernel refuses a program of no type before it is judged.
        bool isJudged = e.Syscall == "bpf" || e.Cmd is "prog_load" or "map_create";
        return isJudged && e.Prog?.Type != "unspec" ? OperationNames.OfCommand(e.Cmd ?? "") : GuardOperations.None;
    }

    // A caller that knows no flags gives a shorter attr: they are zero.
    private static uint? FlagsOf(SavedEvent e) => e is { Attr: { } attr, Cmd: "prog_load" or "map_create" or "btf_load" }
        ? attr.ProgFlags ?? attr.MapFlags ?? attr.BtfFlags ?? 0 : null;

    private static void SetCaller(Subject subject, SavedEvent e)
    {
        subject.Set(ConditionKind.Uid, e.Uid is { } uid ? Fact.Of(uid) : Fact.Unknown);

        // In a container the recorded path is one of its own root; the kernel compares that of the file system.
        if (e.Container is null) subject.Set(ConditionKind.Exe, Text(WithoutMark(e.Exe)));
        subject.Set(ConditionKind.Cgroup, Text(e.Cgroup));
        subject.Set(ConditionKind.Unit, e.Cgroup is null ? Text(e.Unit) : TextOrNone(e.Unit));
        subject.Set(ConditionKind.Time, TimeOf(e.Time));
        bool isKnown = e.Cgroup is not null || e.Container is not null;
        string? pod = e.Cgroup is { } cgroup ? PodUid.Of(cgroup) : null;
        subject.Set(ConditionKind.Container,
            isKnown ? Fact.Of([.. new[] { e.Container, e.ContainerName }.OfType<string>()]) : Fact.Unknown);
        subject.Set(ConditionKind.Pod, isKnown ? Fact.Of([.. new[] { pod, e.Pod }.OfType<string>()]) : Fact.Unknown);
    }

    /// <summary>The executable without the mark of one that is deleted: the kernel's path of it has none.</summary>
    public static string? WithoutMark(string? exe) =>
        exe is not null && exe.EndsWith(Deleted, StringComparison.Ordinal) ? exe[..^Deleted.Length] : exe;

    private static void SetProgram(Subject subject, SavedProgram program)
    {
        bool typed = BpfProgramTypeNames.TryParse(program.Type, out BpfProgramType type);
        subject.Set(ConditionKind.ProgType, typed ? Fact.Of((ulong)type) : Fact.Unknown);
        subject.Set(ConditionKind.ProgName, Text(program.Name));
        subject.Set(ConditionKind.Tag, Text(program.Tag));

        // A program that is only named has neither.
        if (program.InsnCnt is null) return;
        subject.Set(ConditionKind.ExpectedAttachType,
            BpfAttachTypeNames.TryParse(program.ExpectedAttachType, out BpfAttachType expected) ? Fact.Of((ulong)expected)
            : type == BpfProgramType.CgroupSkb ? Fact.Of(0ul) : Fact.None);
        subject.Set(ConditionKind.AttachFunction,
            program.AttachFunction is { } function ? Fact.Of(function) : program.AttachBtfId is null ? Fact.None : Fact.Unknown);
    }

    private void SetLoad(Subject subject, SavedProgram program, SavedEvent e)
    {
        subject.Set(ConditionKind.InsnCnt, program.InsnCnt is { } count ? Fact.Of(count) : Fact.Unknown);

        // A signature that the kernel could not verify ends the call before it is judged.
        bool isSigned = e.Attr?.Signature is not (null or "0x0");
        subject.Set(ConditionKind.Signed, e.Attr is null ? Fact.Unknown : Fact.Of(isSigned));
        subject.Set(ConditionKind.Keyring,
            e.Attr is null ? Fact.Unknown
            : !isSigned ? Fact.None
            : Fact.Of((ulong)(e.Attr.KeyringId is { } keyring and >= 0 and < 3 ? keyring : 3)));
        if (ProvesFirstUserNamespace(program, e)) subject.Set(ConditionKind.UserNamespace, Fact.Of(0ul));
        Instruction[]? code = CodeOf(program);
        if (code is not null) SetCode(subject, code);
        else if (program is { MapIds.Count: 0, Sha256: { } digest }) subject.Set(ConditionKind.Sha256, Fact.Of(digest));
        if (program.Findings is { } found) subject.Set(ConditionKind.Finding, ProgramFindings.Of(found.Select(f => f.Name)));
        else if (code is not null && findings is not null) subject.Set(ConditionKind.Finding, findings.Of(program, code));
    }

    // Capabilities count in the first user namespace only (cap_capable), and without a token all programs but two types need some.
    private static bool ProvesFirstUserNamespace(SavedProgram program, SavedEvent e) =>
        e is { Ret: >= 0, Error: null } && FlagsOf(e) is { } flags && (flags & BpfEvent.TokenFlag) == 0
        && program.Type is not (null or "socket_filter" or "cgroup_skb");

    private void SetCode(Subject subject, Instruction[] code)
    {
        subject.Set(ConditionKind.Sha256, Fact.Of(Convert.ToHexStringLower(ProgramTag.Compute(code, TagHash.Sha256))));
        subject.Set(ConditionKind.Helper, Fact.Of([.. ProgramCalls.Helpers(code)]));
        subject.Set(ConditionKind.Kfunc, KernelFunctions.Of(code, functions) is { } names ? Fact.Of(names) : Fact.Unknown);
    }

    /// <summary>The code that was loaded; null when that is not sure, or not recorded.</summary>
    public static Instruction[]? CodeOf(SavedProgram program)
    {
        if (program.Capture is "raced" or "partial") return null;
        if (program.Code is { } known) return known;
        if (program.Insns is not { Count: > 0 } lines || (ulong)lines.Count != program.InsnCnt) return null;
        var code = new Instruction[lines.Count];
        for (int i = 0; i < code.Length; i++)
        {
            if (lines[i]?.Length != 2 * Instruction.Size
                || !ulong.TryParse(lines[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong raw))
                return null;
            code[i] = new(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(raw));
        }

        return code;
    }

    private static Fact TimeOf(string? time)
    {
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, utc, out DateTimeOffset at)) return Fact.Unknown;
        int day = ((int)at.DayOfWeek + 6) % 7;
        return Fact.Of((ulong)((day * MinutesOfDay) + (at.Hour * 60) + at.Minute));
    }

    private static Fact Text(string? text) => text is null ? Fact.Unknown : Fact.Of(text);

    private static Fact TextOrNone(string? text) => text is null ? Fact.None : Fact.Of(text);
}
