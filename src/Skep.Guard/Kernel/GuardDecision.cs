using System.Text;
using Skep.Bpf;
using Skep.Guard.Model;
using Skep.Isa;
using Skep.Linux.Kernel;
using Skep.Linux.Processes;

namespace Skep.Guard.Kernel;

/// <summary>A decision of the kernel side that was recorded: to deny, or to report.</summary>
public sealed record GuardDecision
{
    /// <summary>Its number since policies were first applied, from 1.</summary>
    public required ulong Number { get; init; }

    /// <summary>When: nanoseconds since the epoch.</summary>
    public required long TimeNs { get; init; }

    /// <summary>What was decided.</summary>
    public required GuardAction Action { get; init; }

    /// <summary>The operations that were judged.</summary>
    public required GuardOperations Operations { get; init; }

    /// <summary>The command of bpf(2), by number.</summary>
    public required uint Command { get; init; }

    /// <summary>The policy; null when its text is lost, or none decided.</summary>
    public string? Policy { get; init; }

    /// <summary>The rule's number in its policy, from 1; 0 for the default.</summary>
    public int Rule { get; init; }

    /// <summary>The line of the rule; null for a default.</summary>
    public int? Line { get; init; }

    /// <summary>What the rule says; null for nothing.</summary>
    public string? Message { get; init; }

    /// <summary>Why, in words.</summary>
    public required string Reason { get; init; }

    /// <summary>The process.</summary>
    public required uint Pid { get; init; }

    /// <summary>The user.</summary>
    public required uint Uid { get; init; }

    /// <summary>The thread's name.</summary>
    public required string Comm { get; init; }

    /// <summary>The executable, in its file system; null when not known.</summary>
    public string? Exe { get; init; }

    /// <summary>The path of the cgroup.</summary>
    public required string Cgroup { get; init; }

    /// <summary>systemd's unit.</summary>
    public string? Unit => CgroupPath.Unit(Cgroup);

    /// <summary>The type of the program; null when there is none.</summary>
    public BpfProgramType? ProgramType { get; init; }

    /// <summary>The type of the map; null when there is none.</summary>
    public BpfMapType? MapType { get; init; }

    /// <summary>The name of the program or map.</summary>
    public required string Name { get; init; }

    /// <summary>Instructions of the program; null when it was not loaded.</summary>
    public uint? InsnCnt { get; init; }

    /// <summary>The code; null when it was not kept, or is overwritten.</summary>
    public byte[]? Code { get; init; }

    /// <summary>SHA-256 of the code as policies have it; null without code.</summary>
    public string? Sha256 => Code is null ? null : Convert.ToHexStringLower(ProgramTag.Compute(Skep.Isa.Decoder.Slots(Code),
        TagHash.Sha256));

    internal static GuardDecision Of(in GuardRecordRecord record, IReadOnlyList<Policy>? policies, long bootUnixNs, byte[]? code)
    {
        bool isLoad = ((GuardOperations)record.Operations & GuardOperations.ProgLoad) != 0;
        (Policy? policy, int rule) = Decided(record, policies);
        PolicyRule? decided = rule > 0 ? policy?.Rules[rule - 1] : null;
        Span<byte> exe = stackalloc byte[GuardLayout.GuardTextLen], cgroup = stackalloc byte[GuardLayout.GuardTextLen];
        ((ReadOnlySpan<byte>)record.Exe).CopyTo(exe);
        ((ReadOnlySpan<byte>)record.Cgroup).CopyTo(cgroup);
        return new()
        {
            Number = record.Number,
            TimeNs = bootUnixNs + (long)record.BootNs,
            Action = (GuardAction)record.Action,
            Operations = (GuardOperations)record.Operations,
            Command = record.Cmd,
            Policy = policy?.Name,
            Rule = rule,
            Line = decided?.Line,
            Message = decided?.Message,
            Reason = ReasonOf(record, policy, rule, decided),
            Pid = record.Pid,
            Uid = record.Uid,
            Comm = KernelText.Read(record.Comm),
            Exe = record.ExeLength == 0 ? null : Encoding.UTF8.GetString(exe[..(int)Math.Min(record.ExeLength, GuardLayout.GuardTextLen)]),
            Cgroup = record.CgroupLength == 0 ? "/" : Encoding.UTF8.GetString(cgroup[..(int)Math.Min(record.CgroupLength,
                GuardLayout.GuardTextLen)]),
            ProgramType = record.ProgType == 0 ? null : (BpfProgramType)record.ProgType,
            MapType = record.MapType == 0 ? null : (BpfMapType)record.MapType,
            Name = KernelText.Read(record.Name),
            InsnCnt = isLoad ? record.InsnCnt : null,
            Code = code,
        };
    }

    // Rules are numbered through all policies.
    private static (Policy? Policy, int Rule) Decided(in GuardRecordRecord record, IReadOnlyList<Policy>? policies)
    {
        if (policies is null || record.Cause == (uint)GuardCause.IsProtected) return (null, 0);
        if (record.Policy >= policies.Count) return (null, 0);
        Policy policy = policies[(int)record.Policy];
        if (record.Rule == uint.MaxValue) return (policy, 0);
        int first = policies.Take((int)record.Policy).Sum(p => p.Rules.Count), rule = (int)record.Rule - first + 1;
        return rule > 0 && rule <= policy.Rules.Count ? (policy, rule) : (policy, 0);
    }

    private static string ReasonOf(in GuardRecordRecord record, Policy? policy, int rule, PolicyRule? decided) =>
        (GuardCause)record.Cause switch
        {
            GuardCause.IsProtected => "it is protected: only skep may change it",
            GuardCause.Unreadable => "it cannot be judged: its code could not be read",
            _ when policy is null => $"by a policy whose text is lost (generation {record.Generation})",
            _ when rule == 0 => $"by the default of policy {policy.Name}",
            _ => decided?.Message is { } message ? $"by rule {rule} of policy {policy.Name}: {message}"
                : $"by rule {rule} of policy {policy.Name}",
        };
}
