using Skep.Inventory.Code;
using Skep.Inventory.Objects;

namespace Skep.Analysis.Explain;

/// <summary>A statement about a program, and what proves it.</summary>
/// <param name="Text">In words.</param>
/// <param name="Slots">The instructions that prove it; empty when an object does.</param>
/// <param name="Object">The object of the kernel that proves it: <c>link 5</c>; null when instructions do.</param>
public sealed record Statement(string Text, IReadOnlyList<int> Slots, string? Object = null);

/// <summary>A named risk.</summary>
/// <param name="Name">As docs/explain.md defines it: <c>writes-user-memory</c>.</param>
/// <param name="Text">What exactly was found.</param>
/// <param name="Slots">The instructions that prove it.</param>
public sealed record Finding(string Name, string Text, IReadOnlyList<int> Slots);

/// <summary>A function of the kernel that a program calls, and where.</summary>
/// <param name="Name">The helper's or kernel function's name.</param>
/// <param name="Capability">What it is for; <c>kfunc</c> or <c>unknown</c> for what is in no table.</param>
/// <param name="Slots">The calls.</param>
public sealed record CalledFunction(string Name, string Capability, IReadOnlyList<int> Slots);

/// <summary>A map that a program uses, and who shares it.</summary>
/// <param name="Map">The map.</param>
/// <param name="Slots">The instructions that load it.</param>
/// <param name="Pins">Where it is pinned.</param>
/// <param name="OtherPrograms">Other loaded programs that use it: id and name.</param>
/// <param name="Owners">The processes that hold it.</param>
public sealed record MapUse(CodeMap Map, IReadOnlyList<int> Slots, IReadOnlyList<string> Pins,
    IReadOnlyList<(uint Id, string Name)> OtherPrograms, IReadOnlyList<Owner> Owners);

/// <summary>A directive of a systemd unit that a program carries out.</summary>
/// <param name="Directive">Its name: <c>DeviceAllow=</c>.</param>
/// <param name="Values">Its values as the program has them: <c>char 1:3 rwm</c>, <c>10.0.0.0/8</c>.</param>
/// <param name="Slots">The instructions that prove it.</param>
/// <param name="Unit">The unit that has it, where one program serves several; null where it is that of the program.</param>
public sealed record UnitDirective(string Directive, IReadOnlyList<string> Values, IReadOnlyList<int> Slots, string? Unit = null);

/// <summary>All that is found in a program's code and surroundings.</summary>
public sealed record Explanation
{
    /// <summary>The program.</summary>
    public required ProgramCode Code { get; init; }

    /// <summary>Where it is attached; empty when it is not, or not loaded.</summary>
    public IReadOnlyList<Attachment> Attachments { get; init; } = [];

    /// <summary>Where it is pinned.</summary>
    public IReadOnlyList<string> Pins { get; init; } = [];

    /// <summary>Where it runs.</summary>
    public IReadOnlyList<Statement> Runs { get; init; } = [];

    /// <summary>What it reads.</summary>
    public IReadOnlyList<Statement> Reads { get; init; } = [];

    /// <summary>What it writes or changes.</summary>
    public IReadOnlyList<Statement> Writes { get; init; } = [];

    /// <summary>The values that it may return, where that decides something: without those of programs that its tail calls reach.</summary>
    public IReadOnlyList<ReturnedValue> Returned { get; init; } = [];

    /// <summary>What it returns, where that decides something.</summary>
    public IReadOnlyList<Statement> Returns { get; init; } = [];

    /// <summary>Its shape: loops, tail calls, callbacks.</summary>
    public IReadOnlyList<Statement> Shape { get; init; } = [];

    /// <summary>What it calls.</summary>
    public IReadOnlyList<CalledFunction> Calls { get; init; } = [];

    /// <summary>Its maps.</summary>
    public IReadOnlyList<MapUse> Maps { get; init; } = [];

    /// <summary>The records that it sends to user space.</summary>
    public IReadOnlyList<OutputRecord> Outputs { get; init; } = [];

    /// <summary>The risks.</summary>
    public IReadOnlyList<Finding> Findings { get; init; } = [];

    /// <summary>The systemd unit that it serves; null when it is none's.</summary>
    public string? Unit { get; init; }

    /// <summary>The directives that it carries out, when systemd made it.</summary>
    public IReadOnlyList<UnitDirective> Directives { get; init; } = [];
}
