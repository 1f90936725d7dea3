using System.Globalization;
using Skep.Bpf;
using Skep.Guard.Decide;
using Skep.Guard.Model;
using Skep.Isa;

namespace Skep.Guard.Test;

/// <summary>Makes what policies judge of an event that watch recorded.</summary>
internal static class EventSubject
{
    private const uint TokenFlag = 1 << 16; // BPF_F_TOKEN_FD
    private const int MinutesOfDay = 24 * 60;

    public static Subject Of(SavedEvent e)
    {
        GuardOperations operations = e.Syscall == "bpf" || e.Cmd is "prog_load" or "map_create"
            ? OperationNames.OfCommand(e.Cmd ?? "") : GuardOperations.None;
        var subject = new Subject(operations);
        subject.Set(ConditionKind.Uid, e.Uid is { } uid ? Fact.Of(uid) : Fact.Unknown);
        subject.Set(ConditionKind.Exe, Text(e.Exe is { } exe && exe.EndsWith(" (deleted)", StringComparison.Ordinal) ? exe[..^10] : e.Exe));
        subject.Set(ConditionKind.Cgroup, Text(e.Cgroup));
        subject.Set(ConditionKind.Unit, e.Cgroup is null ? Text(e.Unit) : TextOrNone(e.Unit));
        subject.Set(ConditionKind.Time, TimeOf(e.Time));
        SetContainer(subject, e);
        if (e.Prog is { } program) SetProgram(subject, program, e);
        else if ((operations & GuardOperations.ProgLoad) == 0) SetNoProgram(subject);
        subject.Set(ConditionKind.MapType,
            e.Map?.Type is { } type && BpfMapTypeNames.TryParse(type, out BpfMapType map) ? Fact.Of((ulong)map)
            : operations == GuardOperations.Pin ? Fact.None : Fact.Unknown);
        if (e.Attr is { } attr && (attr.ProgFlags ?? attr.MapFlags ?? attr.BtfFlags) is { } flags)
            subject.Set(ConditionKind.Token, Fact.Of((flags & TokenFlag) != 0));
        return subject;
    }

    private static void SetContainer(Subject subject, SavedEvent e)
    {
        // In the kernel a container is known by the path of its cgroup alone, whoever named it.
        subject.Set(ConditionKind.Container,
            e.Cgroup is null && e.Container is null ? Fact.Unknown
            : Fact.Of([.. new[] { e.Container, e.ContainerName }.OfType<string>()]));
        subject.Set(ConditionKind.Pod, e.Pod is not null ? Fact.Of(e.Pod) : e.Container is null && e.Cgroup is not null ? Fact.None : Fact.Unknown);
    }

    private static void SetNoProgram(Subject subject)
    {
        if (subject.Operations != GuardOperations.Pin) return;
        foreach (ConditionKind kind in (ReadOnlySpan<ConditionKind>)
            [ConditionKind.ProgType, ConditionKind.ExpectedAttachType, ConditionKind.AttachFunction, ConditionKind.ProgName, ConditionKind.Tag])
            subject.Set(kind, Fact.None);
    }

    private static void SetProgram(Subject subject, SavedProgram program, SavedEvent e)
    {
        bool isLoad = (subject.Operations & GuardOperations.ProgLoad) != 0;
        BpfProgramType type = default;
        bool typed = program.Type is { } name && BpfProgramTypeNames.TryParse(name, out type);
        subject.Set(ConditionKind.ProgType, typed ? Fact.Of((ulong)type) : Fact.Unknown);
        subject.Set(ConditionKind.ProgName, Text(program.Name));
        subject.Set(ConditionKind.Tag, Text(program.Tag));
        if (!isLoad) return;
        subject.Set(ConditionKind.ExpectedAttachType,
            program.ExpectedAttachType is { } attach && BpfAttachTypeNames.TryParse(attach, out BpfAttachType expected) ? Fact.Of((ulong)expected)
            : type == BpfProgramType.CgroupSkb ? Fact.Of(0ul) : Fact.None);
        subject.Set(ConditionKind.AttachFunction,
            program.AttachFunction is { } function ? Fact.Of(function) : program.AttachBtfId is null ? Fact.None : Fact.Unknown);
        subject.Set(ConditionKind.InsnCnt, program.InsnCnt is { } count ? Fact.Of(count) : Fact.Unknown);
        if (program.Findings is { } findings)
        {
            subject.Set(ConditionKind.Finding,
                Fact.Of([.. findings.Select(f => FindingNames.All.ToList().IndexOf(f.Name ?? "")).Where(i => i >= 0).Select(i => (ulong)i)]));
        }

        // A signature that the kernel could not verify ends the call before it is judged.
        subject.Set(ConditionKind.Signed, e.Attr is null ? Fact.Unknown : Fact.Of(e.Attr.Signature is not (null or "0x0")));
        subject.Set(ConditionKind.Keyring,
            e.Attr?.Signature is null or "0x0" ? Fact.None
            : Fact.Of((ulong)Math.Clamp(e.Attr.KeyringId is >= 0 and < 3 ? e.Attr.KeyringId.Value : 3, 0, 3)));
        if (Code(program) is { } code) SetCode(subject, code);
        else if (program is { MapIds.Count: 0, Sha256: { } digest }) subject.Set(ConditionKind.Sha256, Fact.Of(digest));
    }

    private static void SetCode(Subject subject, Instruction[] code)
    {
        subject.Set(ConditionKind.Sha256, Fact.Of(Convert.ToHexStringLower(ProgramTag.Compute(code, TagHash.Sha256))));
        subject.Set(ConditionKind.Helper, Fact.Of([.. ProgramCalls.Helpers(code)]));
        subject.Set(ConditionKind.Kfunc, ProgramCalls.CallsKfuncs(code) ? Fact.Unknown : Fact.None);
    }

    private static Instruction[]? Code(SavedProgram program)
    {
        if (program.Insns is not { Count: > 0 } lines || (ulong)lines.Count != program.InsnCnt) return null;
        var code = new Instruction[lines.Count];
        for (int i = 0; i < code.Length; i++)
        {
            if (lines[i].Length != 2 * Instruction.Size
                || !ulong.TryParse(lines[i], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong raw))
                return null;
            code[i] = new(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(raw));
        }

        return code;
    }

    private static Fact TimeOf(string? time)
    {
        if (!DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset at))
            return Fact.Unknown;
        int day = ((int)at.DayOfWeek + 6) % 7;
        return Fact.Of((ulong)((day * MinutesOfDay) + (at.Hour * 60) + at.Minute));
    }

    private static Fact Text(string? text) => text is null ? Fact.Unknown : Fact.Of(text);

    private static Fact TextOrNone(string? text) => text is null ? Fact.None : Fact.Of(text);
}
