using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Machine;

/// <summary>Policies in the kernel, as long as a test.</summary>
internal sealed class GuardMachine : IDisposable
{
    private const string NotPermitted = "Operation not permitted", Loaded = "loaded";

    private readonly Scratch _files = new();

    /// <summary>Whether this kernel enforces policies, as apply --dry-run says.</summary>
    public static bool IsPossible => Refusal is null;

    /// <summary>Why not; null when it does.</summary>
    public static string? Refusal { get; } = TryDry();

    /// <summary>Skips where the kernel has no hook that shows a program before it is verified (Linux 6.9).</summary>
    public static void IsRequired() => Assert.SkipUnless(IsPossible, $"the machine cannot: {Refusal}");

    /// <summary>Puts policies in place of those before.</summary>
    public void Apply(string name, string text, params string[] options) =>
        Tool.Run(SkepBinary.Path, ["guard", "apply", _files.Write($"{name}.toml", text), .. options]);

    /// <summary>Whether a program of the scene is loaded; when not, it is refused by EPERM.</summary>
    public static bool IsLoaded(params string[] arguments) => IsLoadedBy(Built.Guarded, arguments);

    /// <summary>The same by a copy of the scene.</summary>
    public static bool IsLoadedBy(string program, params string[] arguments) => IsLoadedIn("", program, arguments);

    /// <summary>The same by a shell that did something before.</summary>
    public static bool IsLoadedIn(string script, string program, params string[] arguments)
    {
        Outcome outcome = Tool.Try("sh", "-c", $"{script}\nexec {program} {string.Join(' ', arguments)}");
        string said = outcome.Output.Trim();
        Assert.True(said is Loaded or NotPermitted, $"{said} {outcome.Error}");
        return said == Loaded;
    }

    /// <summary>The decisions that were recorded.</summary>
    public static JsonElement[] Log() => [.. Json.Parse(Tool.Run(SkepBinary.Path, "guard", "log", "-j")).EnumerateArray()];

    public void Dispose()
    {
        Tool.Try(SkepBinary.Path, "guard", "remove");

        // The record of decisions, whose maps other tests would find.
        Tool.Try("rm", "-rf", "/sys/fs/bpf/skep_guard");
        _files.Dispose();
    }

    private static string? TryDry()
    {
        using var files = new Scratch();
        Outcome outcome = SkepBinary.Run("guard", "apply", "--dry-run", files.Write("none.toml", "[policy]\nname = \"none\"\n"));
        return outcome.Code == 0 ? null : outcome.Error.Trim();
    }
}
