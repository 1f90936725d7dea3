using Skep.Bpf;
using Skep.Isa;

namespace Skep.Guard.Model;

/// <summary>What is fixed of a kind of condition.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Key">Its key in policies.</param>
/// <param name="Form">How its values are written.</param>
/// <param name="Operations">The operations that have what it compares; at others a rule with it does not match.</param>
public sealed record ConditionInfo(ConditionKind Kind, string Key, ValueForm Form, GuardOperations Operations)
{
    private const GuardOperations OfPrograms =
        GuardOperations.ProgLoad | GuardOperations.Attach | GuardOperations.Link | GuardOperations.Pin;
    private const GuardOperations OfMaps = GuardOperations.MapCreate | GuardOperations.MapWrite | GuardOperations.Pin;
    private const GuardOperations ByToken = GuardOperations.ProgLoad | GuardOperations.MapCreate | GuardOperations.BtfLoad;

    /// <summary>All kinds, by <see cref="ConditionKind"/>.</summary>
    public static IReadOnlyList<ConditionInfo> All { get; } =
    [
        new(ConditionKind.ProgType, "prog_type", ValueForm.Name, OfPrograms)
        {
            Names = Numbered(BpfProgramTypeNames.KnownCount, i => ((BpfProgramType)i).Name()),
        },
        new(ConditionKind.ExpectedAttachType, "expected_attach_type", ValueForm.Name, OfPrograms)
        {
            Names = Numbered(BpfAttachTypeNames.KnownCount, i => ((BpfAttachType)i).Name()),
        },
        new(ConditionKind.AttachFunction, "attach_function", ValueForm.Pattern, OfPrograms),
        new(ConditionKind.Helper, "helper", ValueForm.Name, GuardOperations.ProgLoad)
        {
            Names = Numbered(HelperNames.Count, i => HelperNames.Of(i)!),
        },
        new(ConditionKind.Kfunc, "kfunc", ValueForm.Pattern, GuardOperations.ProgLoad),
        new(ConditionKind.MapType, "map_type", ValueForm.Name, OfMaps)
        {
            Names = Numbered(BpfMapTypeNames.KnownCount, i => ((BpfMapType)i).Name()),
        },
        new(ConditionKind.InsnCnt, "insn_cnt", ValueForm.Range, GuardOperations.ProgLoad),
        new(ConditionKind.ProgName, "prog_name", ValueForm.Pattern, OfPrograms),
        new(ConditionKind.Sha256, "sha256", ValueForm.Digest, GuardOperations.ProgLoad) { DigestBytes = Sha256Digest.Size },
        new(ConditionKind.Tag, "tag", ValueForm.Digest, OfPrograms) { DigestBytes = ProgramTag.TagSize },
        new(ConditionKind.Signed, "signed", ValueForm.Flag, GuardOperations.ProgLoad),
        new(ConditionKind.Keyring, "keyring", ValueForm.Name, GuardOperations.ProgLoad) { Names = Keyrings.Names },
        new(ConditionKind.Uid, "uid", ValueForm.Range, GuardOperations.All),
        new(ConditionKind.Capability, "capability", ValueForm.Name, GuardOperations.All) { Names = CapabilityNames.All },
        new(ConditionKind.Exe, "exe", ValueForm.Pattern, GuardOperations.All),
        new(ConditionKind.ExeSha256, "exe_sha256", ValueForm.Digest, GuardOperations.All) { DigestBytes = Sha256Digest.Size },
        new(ConditionKind.Cgroup, "cgroup", ValueForm.CgroupPath, GuardOperations.All),
        new(ConditionKind.Unit, "unit", ValueForm.Pattern, GuardOperations.All),
        new(ConditionKind.Container, "container", ValueForm.Pattern, GuardOperations.All),
        new(ConditionKind.Pod, "pod", ValueForm.Pattern, GuardOperations.All),
        new(ConditionKind.UserNamespace, "user_namespace", ValueForm.Name, GuardOperations.All) { Names = ["initial", "other"] },
        new(ConditionKind.Token, "token", ValueForm.Flag, ByToken),
        new(ConditionKind.Time, "time", ValueForm.Time, GuardOperations.All),
        new(ConditionKind.Finding, "finding", ValueForm.Name, GuardOperations.ProgLoad) { Names = FindingNames.All },
    ];

    /// <summary>Of <see cref="ValueForm.Name"/>: the names; the place of one is its number.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Of <see cref="ValueForm.Digest"/>: bytes.</summary>
    public int DigestBytes { get; init; }

    /// <summary>The kind of a key, without <c>not_</c>; null when there is none.</summary>
    public static ConditionInfo? Find(string key) => All.FirstOrDefault(info => info.Key == key);

    /// <summary>What is fixed of a kind.</summary>
    public static ConditionInfo Of(ConditionKind kind) => All[(int)kind];

    private static string[] Numbered(int count, Func<int, string> name) => [.. Enumerable.Range(0, count).Select(name)];
}
