using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Skep.Kernel.Tests.Support;

/// <summary>What a process printed and returned.</summary>
internal readonly record struct Outcome(int Code, string Output, string Error);

/// <summary>Runs programs of the machine.</summary>
internal static class Tool
{
    /// <summary>Runs one that must succeed; what it printed.</summary>
    public static string Run(string file, params string[] arguments)
    {
        Outcome outcome = Try(file, arguments);
        Assert.True(outcome.Code == 0, $"{file} {string.Join(' ', arguments)}: exit {outcome.Code}\n{outcome.Error}\n{outcome.Output}");
        return outcome.Output;
    }

    public static Outcome Try(string file, params string[] arguments) => Try(file, arguments, []);

    public static Outcome Try(string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        using Process process = Start(file, arguments, environment);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    /// <summary>Runs a shell script, which must succeed.</summary>
    public static void Shell(string script) => Run("sh", "-ec", script);

    public static JsonNode BpftoolJson(params string[] arguments) => JsonNode.Parse(Run("bpftool", ["-j", "-f", .. arguments]))!;

    public static Process Start(string file, params string[] arguments) => Start(file, arguments, []);

    public static Process Start(string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Find(file) ?? file, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>The line with which a program says that it is ready; where it ends without one, the test fails with what it said instead.</summary>
    public static string FirstLine(Process process) =>
        process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended without a line: {process.StandardError.ReadToEnd()}");

    /// <summary>Ends a process by a signal. What it still prints is read meanwhile, so that it need not wait for a reader.</summary>
    /// <returns>How it ended, with what had not been read of its output.</returns>
    public static Outcome End(Process process, string signal = "TERM")
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Run("sh", "-c", $"kill -{signal} {process.Id}");
        bool ended = process.WaitForExit(TimeSpan.FromSeconds(30));
        if (!ended) process.Kill(entireProcessTree: true);
        Assert.True(ended, $"{process.StartInfo.FileName} goes on after {signal}");
        return new Outcome(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
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

    /// <summary>The path of an installed program: sbin directories are not in everyone's path.</summary>
    public static string? Find(string name) => name.Contains('/', StringComparison.Ordinal)
        ? File.Exists(name) ? name : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin", "/usr/bin"])
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
