using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Skep.Kernel.Tests.Inventory;

/// <summary>Runs the binary under test, and tools that nobody here wrote.</summary>
internal static class Tool
{
    public static readonly string Skep = Environment.GetEnvironmentVariable("SKEP") ?? Path.Combine(Root(), "out", "skep");

    public static (int Code, string Output, string Error) TrySkep(params string[] arguments) => Try(Skep, arguments);

    public static string RunSkep(params string[] arguments) => Run(Skep, arguments);

    public static JsonNode SkepJson(params string[] arguments) => JsonNode.Parse(RunSkep([.. arguments, "-j"]))!;

    public static JsonNode BpftoolJson(params string[] arguments) => JsonNode.Parse(Run("bpftool", ["-j", "-f", .. arguments]))!;

    public static string Run(string file, params string[] arguments)
    {
        (int code, string output, string error) = Try(file, arguments);
        Assert.True(code == 0, $"{file} {string.Join(' ', arguments)}: exit {code}\n{error}\n{output}");
        return output;
    }

    public static void Shell(string script) => Run("sh", "-ec", script);

    public static (int Code, string Output, string Error) Try(string file, params string[] arguments)
    {
        using Process process = Start(file, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    public static Process Start(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        return Process.Start(start)!;
    }

    /// <summary>Waits until something is so; a test that waits in vain fails.</summary>
    public static void Until(Func<bool> so, string what)
    {
        for (int i = 0; i < 300; i++)
        {
            if (so()) return;
            Thread.Sleep(100);
        }

        Assert.Fail($"never came: {what}");
    }

    private static string Root()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Skep.slnx"))) return directory.FullName;
        throw new DirectoryNotFoundException("the tests are not below the repository");
    }
}
