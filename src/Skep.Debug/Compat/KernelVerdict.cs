using Skep.Linux.Guests;

namespace Skep.Debug.Compat;

/// <summary>What a kernel made of the programs of an object.</summary>
/// <param name="Kernel">The kernel.</param>
/// <param name="Results">Of each program that it verified.</param>
/// <param name="Failure">Why it did not verify all; null where it did.</param>
/// <param name="LastLines">The last lines of its console, where it did not.</param>
public sealed record KernelVerdict(KernelImage Kernel, IReadOnlyList<GuestResult> Results, string? Failure, IReadOnlyList<string> LastLines)
{
    private const int MostLines = 12;
    private const string Panic = "Kernel panic - not syncing: ";

    /// <summary>Whether it accepted all.</summary>
    public bool Accepted => Failure is null && Results.All(result => result.Accepted);

    /// <summary>Of a machine that has come to its end, or is given up.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="answer">What it answered.</param>
    /// <param name="programs">The programs that it was to verify.</param>
    /// <param name="timeout">The time that it had; null where it ended by itself.</param>
    internal static KernelVerdict Of(
        KernelImage kernel, GuestMachine machine, GuestAnswer answer, IReadOnlyList<string> programs, TimeSpan? timeout)
    {
        if (answer.Release is { } release) kernel = kernel with { Release = release };
        if (answer is { IsComplete: true, Failure: null }) return new KernelVerdict(kernel, answer.Results, null, []);
        IReadOnlyList<string> console = answer.Failure is null ? LastOf(machine.ConsoleLines) : [];
        return new KernelVerdict(
            kernel, answer.Results, answer.Failure ?? WhyIncomplete(answer, console, programs, timeout, machine.Messages), console);
    }

    /// <summary>The last lines of a console; where the kernel panicked, those up to that, without what it prints of its stack.</summary>
    internal static IReadOnlyList<string> LastOf(IReadOnlyList<string> console)
    {
        int panic = console.ToList().FindIndex(line => line.Contains(Panic, StringComparison.Ordinal));
        return [.. console.Take(panic < 0 ? console.Count : panic + 1).TakeLast(MostLines)];
    }

    /// <summary>Why a machine did not answer.</summary>
    internal static string WhyIncomplete(
        GuestAnswer answer, IReadOnlyList<string> console, IReadOnlyList<string> programs, TimeSpan? timeout, string emulator)
    {
        string when = answer.Release is null ? "while it booted"
            : answer.Results.Count < programs.Count ? $"while it verified program {programs[answer.Results.Count]}" : "at its end";
        if (console.FirstOrDefault(line => line.Contains(Panic, StringComparison.Ordinal)) is { } line)
            return $"it panicked {when}: {line[(line.IndexOf(Panic, StringComparison.Ordinal) + Panic.Length)..]}";
        if (timeout is { } time)
            return FormattableString.Invariant($"it gave no answer in {time.TotalSeconds:0.###} s, {when} (--timeout allows more)");
        return emulator.Length > 0 ? $"its machine ended {when}: {emulator}" : $"its machine ended {when}";
    }
}
