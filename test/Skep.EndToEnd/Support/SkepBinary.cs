using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;


namespace Skep.EndToEnd.Support;

/// <summary>The binary under test: <c>$SKEP</c>, or out/skep of the repository.</summary>
internal static class SkepBinary
{
    private static readonly Lazy<string> Found = new(Locate);

    public static string Path => Found.Value;

    public static Outcome Run(params string[] arguments) => Tool.Try(Path, arguments);

    public static Process Start(params string[] arguments) => Tool.Start(Path, arguments);

    /// <summary>What a command of it prints with -j.</summary>
    public static JsonNode Json(params string[] arguments) => JsonNode.Parse(Tool.Run(Path, [.. arguments, "-j"]))!;

    /// <summary>Watches a command and its children.</summary>
    /// <param name="options">Options of <c>skep watch</c> besides <c>-j -o FILE</c>, by spaces.</param>
    /// <param name="command">The command.</param>
    public static Watched Watch(string options, params string[] command) => Watch(options, command, []);

    /// <summary>The same, with variables in its environment.</summary>
    public static Watched Watch(string options, string[] command, params (string Name, string Value)[] environment)
    {
        Requires.Root();
        using var scratch = new Scratch();
        string events = scratch.File("events");
        string[] words = ["watch", "-j", "-o", events, .. options.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--", .. command];
        Outcome outcome = Tool.Try(Path, words, environment);
        Assert.True(File.Exists(events), outcome.Error);
        return new Watched(outcome, Events(events));
    }

    /// <summary>The events of a file of JSON lines.</summary>
    public static JsonElement[] Events(string file) => [.. File.ReadLines(file).Select(Support.Json.Parse)];

    /// <summary>Copies the binary to where every user can run it, with what stands beside it when it is not one file.</summary>
    /// <returns>The copy's path.</returns>
    public static string CopyTo(Scratch scratch)
    {
        string directory = System.IO.Path.GetDirectoryName(Path)!;
        bool isOneFile = !File.Exists(System.IO.Path.Combine(directory, "skep.dll"));
        foreach (string file in isOneFile ? [Path] : Directory.GetFiles(directory))
            File.Copy(file, scratch.File(System.IO.Path.GetFileName(file)));
        return scratch.File(System.IO.Path.GetFileName(Path));
    }

    private static string Locate() =>
        Environment.GetEnvironmentVariable("SKEP") is { Length: > 0 } named ? named : Repository.File("out/skep");
}
