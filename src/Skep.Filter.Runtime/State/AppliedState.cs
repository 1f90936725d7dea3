using System.Text.Json.Serialization;
using Skep.Filter.Compile;
using Skep.Filter.Model;
using Skep.Packets.Headers;
using Skep.Packets.Values;

namespace Skep.Filter.Runtime.State;

/// <summary>What is kept beside a table in the kernel, under its program's id: what the kernel itself does not know of it.</summary>
internal sealed record AppliedState
{
    public required string Table { get; init; }

    public required string Policy { get; init; }

    /// <summary>
    /// What the ids of its rules are made of: <see cref="RuleEncoding.Version"/>; 0 for the text of the rules, as earlier versions did.
    /// </summary>
    public int RuleIds { get; init; }

    public required AppliedRule[] Rules { get; init; }

    /// <summary>Its settings and sets, without elements and rules, as a rule file; empty in what earlier versions kept.</summary>
    public string Head { get; init; } = "";

    public required AppliedSet[] Sets { get; init; }

    /// <summary>
    /// The ids of its programs, one for each way in which packets begin on its devices; empty in what earlier versions kept.
    /// </summary>
    public uint[] Programs { get; init; } = [];

    /// <summary>The kernel's ids of the maps of counters.</summary>
    public required uint RulesMap { get; init; }

    public required uint TotalsMap { get; init; }

    /// <summary>The map of rules that was in use before this one, whose counts go on to count; 0 for none.</summary>
    public uint EarlierMap { get; init; }

    /// <summary>The map with the number of edits that are done in place; 0 for none.</summary>
    public uint EditsMap { get; init; }

    /// <summary>The first place in the map of rules that no rule ever had.</summary>
    public int NextSlot { get; init; }

    public required AppliedDevice[] Devices { get; init; }

    /// <summary>The devices that rules redirect to, by their place in the map of devices.</summary>
    public string[] Targets { get; init; } = [];

    /// <summary>The kernel's id of that map; 0 for none.</summary>
    public uint TargetsMap { get; init; }

    public Sketches Sketches { get; init; }

    /// <summary>What the command line asked to track, besides what the file tracks.</summary>
    public Sketches TrackedByOption { get; init; }

    /// <summary>Whether its program takes packets of several buffers.</summary>
    public required bool HasFrags { get; init; }

    /// <summary>Whether its program was loaded without an expected attach type.</summary>
    public bool LacksAttachType { get; init; }

    /// <summary>Where the rules come from; null in what earlier versions kept.</summary>
    public AppliedSource? Source { get; init; }

    /// <summary>What is kept of a device.</summary>
    /// <param name="pin">The name of its link's pin.</param>
    internal AppliedDevice? Find(string pin) => Array.Find(Devices, d => d.Pin == pin);

    /// <summary>What shows that it was not written for a table; null for nothing.</summary>
    internal string? FaultFor(string table) => this switch
    {
        _ when Table != table => $"it is of table {Table}",
        _ when Array.Exists(Rules, r => r is null) || Array.Exists(Devices, d => d is null) || Array.Exists(Sets, s => s is null) =>
            "an entry is null",
        _ when Array.Exists(Rules, r => r.Slot < 0 || r.EarlierSlot < -1) => "a rule has no place for its counters",
        _ when Array.Exists(Sets, s => Array.Exists(s.Type, t => DataTypeInfo.Find(t) is null)) => "a set has a type that is unknown",
        _ => null,
    };
}

/// <param name="Id">The rule's id.</param>
/// <param name="Line">Its line in the file.</param>
/// <param name="Text">It as canonical text.</param>
/// <param name="Slot">The place of its counters.</param>
/// <param name="Packets">Packets that it counted in maps that are gone.</param>
/// <param name="Bytes">Their bytes.</param>
/// <param name="EarlierSlot">The place of its counters in the map before; -1 for none.</param>
internal sealed record AppliedRule(string Id, int Line, string Text, int Slot, ulong Packets, ulong Bytes, int EarlierSlot = -1)
{
    /// <summary>Its verdict as rule text.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>The kernel's id of the map with the buckets of its limit; 0 for none.</summary>
    public uint LimitMap { get; init; }

    /// <summary>Its limit as rule text.</summary>
    public string Limit { get; init; } = "";

    /// <summary>Whether it logs packets.</summary>
    public bool Logs { get; init; }
}

/// <param name="Name">Its name.</param>
/// <param name="Type">The types of its parts.</param>
/// <param name="Elements">How many elements it was applied with.</param>
internal sealed record AppliedSet(string Name, string[] Type, int Elements)
{
    /// <summary>Its place in the map of sets; -1 when no rule uses it.</summary>
    public int Number { get; init; } = -1;

    public SetStructure Structure { get; init; }

    public bool IsTimed { get; init; }

    public bool HasRanges { get; init; }

    /// <summary>The milliseconds that an element lasts which has no time of its own; 0 for ever.</summary>
    public long TimeoutMilliseconds { get; init; }

    public int Capacity { get; init; }

    /// <summary>Whether several matches look into one image of it, so that a packet sees no change between two of them.</summary>
    public bool IsKept { get; init; }

    /// <summary>The most elements that the file allows; 0 for any number.</summary>
    public int MaxElements { get; init; }

    /// <summary>What the images are like: <see cref="SetLayout.Format"/> of the version that applied the table.</summary>
    public int Format { get; init; }

    /// <summary>Its place among the sets that count by element; -1 when it does not.</summary>
    public int CounterNumber { get; init; } = -1;

    /// <summary>Whether each element counts.</summary>
    [JsonIgnore]
    public bool IsCounted => CounterNumber >= 0;

    /// <summary>Whether elements may be ranges and prefixes.</summary>
    [JsonIgnore]
    public bool MayHaveRanges => HasRanges || Structure is SetStructure.Ranges or SetStructure.Rows;

    /// <summary>Where things are in its images.</summary>
    internal SetLayout MakeLayout() =>
        new(Structure, [.. Type.Select(t => DataTypeInfo.Find(t)!.Value)], IsTimed, Capacity, MayHaveRanges, IsCounted);

    /// <summary>Its declaration, without elements.</summary>
    internal Set Declare() => new(
        Name, MakeLayout().Types, MayHaveRanges, IsTimed, TimeoutMilliseconds == 0 ? null : TimeSpan.FromMilliseconds(TimeoutMilliseconds),
        MaxElements == 0 ? null : MaxElements, FeedPath: null, ElementList.Empty(Type.Length), Comment: null)
    {
        HasCounters = IsCounted,
    };

    internal static AppliedSet Of(Set set, FilterPlan filter)
    {
        var plan = filter.FindSet(set.Name);
        var applied =
            new AppliedSet(set.Name, [.. set.Types.Select(t => DataTypeInfo.NameOf(t)!)], plan?.Elements.Count ?? set.AllElements().Count);
        return plan is null ? applied : applied with
        {
            Number = plan.Number,
            Structure = plan.Structure,
            IsTimed = plan.Layout.IsTimed,
            HasRanges = plan.Layout.HasRanges,
            TimeoutMilliseconds = (long)(set.DefaultTimeout?.TotalMilliseconds ?? 0),
            Capacity = plan.Layout.Capacity,
            IsKept = filter.KeptImage(plan) >= 0,
            MaxElements = set.MaxElements ?? 0,
            Format = SetLayout.Format,
            CounterNumber = plan.CounterNumber,
        };
    }
}

/// <param name="Device">Its name.</param>
/// <param name="Netns">The network namespace as the user named it, or empty for the one of the command.</param>
/// <param name="Pin">The name of the link's pin.</param>
/// <param name="Mode">native or generic.</param>
/// <param name="Since">When the link was made.</param>
internal sealed record AppliedDevice(string Device, string Netns, string Pin, string Mode, DateTimeOffset Since)
{
    /// <summary>What its packets begin with.</summary>
    public PacketStart Start { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AppliedState))]
[JsonSerializable(typeof(PendingChange))]
internal sealed partial class AppliedStateContext : JsonSerializerContext;
