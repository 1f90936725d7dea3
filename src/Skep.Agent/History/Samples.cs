using Skep.Inventory.Objects;

namespace Skep.Agent.History;

/// <summary>An agent from its start on.</summary>
/// <param name="Boot">The kernel's id of the boot: the ids of objects are unique within one.</param>
/// <param name="Host">The machine's name.</param>
/// <param name="Version">The version of skep.</param>
/// <param name="Backend">The capture backend.</param>
/// <param name="StartedNs">When it began, in nanoseconds of Unix time.</param>
internal sealed record AgentRun(string Boot, string? Host, string Version, int Backend, long StartedNs);

/// <summary>What there is on the machine at a time.</summary>
/// <param name="TimeNs">The time, in nanoseconds of Unix time.</param>
/// <param name="Programs">The programs.</param>
/// <param name="Maps">The maps.</param>
/// <param name="Attachments">Where programs are attached; null where the kernel does not tell.</param>
/// <param name="Memlock">Bytes of kernel memory of a program; null where the kernel does not tell.</param>
internal sealed record MachineObjects(
    long TimeNs, IReadOnlyList<ProgramEntry> Programs, IReadOnlyList<MapEntry> Maps, IReadOnlyList<Attachment>? Attachments,
    Func<uint, long?> Memlock);

/// <summary>What a program ran in a period in which the kernel counted.</summary>
/// <param name="ProgramId">The kernel's id of the program.</param>
/// <param name="TimeNs">When the period ended.</param>
/// <param name="PeriodNs">How long it was.</param>
/// <param name="Runs">How often the program ran.</param>
/// <param name="Nanoseconds">How long that took.</param>
internal readonly record struct UsageSample(uint ProgramId, long TimeNs, long PeriodNs, ulong Runs, ulong Nanoseconds);

/// <summary>An alert.</summary>
/// <param name="TimeNs">When it was first raised.</param>
/// <param name="Rule">The rule.</param>
/// <param name="Severity">How grave it is.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Json">All of it.</param>
internal sealed record AlertRow(long TimeNs, string Rule, string Severity, string Subject, byte[] Json);

/// <summary>Alerts that repeat one.</summary>
/// <param name="FirstNs">When that was raised.</param>
/// <param name="Rule">Its rule.</param>
/// <param name="Subject">What it is about.</param>
/// <param name="LastNs">When the last of them was.</param>
/// <param name="Count">How many they are.</param>
internal readonly record struct AlertRepeats(long FirstNs, string Rule, string Subject, long LastNs, long Count);

/// <summary>A decision of guard.</summary>
/// <param name="Number">Its number since policies were first applied after the machine booted.</param>
/// <param name="TimeNs">When it was.</param>
/// <param name="Decision">What was decided.</param>
/// <param name="Policy">The policy; null when it is not known.</param>
/// <param name="Command">The command of bpf(2).</param>
/// <param name="Type">The type of the program or map.</param>
/// <param name="Comm">The name of the thread.</param>
/// <param name="Unit">Its unit of systemd.</param>
/// <param name="Uid">Its user.</param>
/// <param name="Text">The line that <c>skep guard log</c> prints.</param>
/// <param name="Json">The object that it prints with <c>-j</c>.</param>
internal sealed record DecisionRow(
    long Number, long TimeNs, string Decision, string? Policy, string Command, string? Type, string Comm, string? Unit, uint Uid,
    string Text, byte[] Json);

/// <summary>What a rule of a packet filter has counted.</summary>
/// <param name="TimeNs">When it was read.</param>
/// <param name="Table">The table.</param>
/// <param name="Rule">The id of the rule.</param>
/// <param name="Text">The rule.</param>
/// <param name="Packets">Packets, since the table was made.</param>
/// <param name="Bytes">Their bytes.</param>
internal readonly record struct FilterSample(long TimeNs, string Table, string Rule, string Text, ulong Packets, ulong Bytes);
