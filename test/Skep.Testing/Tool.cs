using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Skep.Testing;

/// <summary>What a process printed and returned.</summary>
public readonly record struct Outcome(int Code, string Output, string Error)
{
    /// <summary>Fails with what was printed where it has not returned 0.</summary>
    public void Succeeds() => Assert.True(Code == 0, $"It returned {Code}:\n{Output}{Error}");
}

/// <summary>Runs programs of the machine: the oracles, the compilers and the binary under test.</summary>
public static class Tool
{
    // Longer than any test may take: the watchdog of the test comes first where there is one.
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);

    // Of Until, in milliseconds.
    private const int ShortestPause = 20, LongestPause = 100;

    public static string Bpftool => Find("bpftool");

    public static string Clang => Find("clang-14", "clang");

    public static string Objdump => Find("llvm-objdump-14", "llvm-objdump");

    /// <summary>Runs a program that must succeed; what it printed.</summary>
    public static string Run(string file, params string[] arguments)
    {
        Outcome outcome = Try(file, arguments);
        Assert.True(outcome.Code == 0, Failure(file, arguments, outcome));
        return outcome.Output;
    }

    /// <summary>Runs a program that must succeed, with bytes on its standard input; the bytes that it printed.</summary>
    public static byte[] Run(string file, byte[] input, params string[] arguments)
    {
        using Process process = Start(file, arguments);
        using var output = new MemoryStream();
        Task copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        Task<string> error = process.StandardError.ReadToEndAsync();
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        WaitForExit(process);
        copying.Wait();
        Assert.True(process.ExitCode == 0, Failure(file, arguments, new Outcome(process.ExitCode, "", error.Result)));
        return output.ToArray();
    }

    public static Outcome Try(string file, params string[] arguments) => Try(file, arguments, []);

    public static Outcome Try(string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        using Process process = Start(file, arguments, environment);
        process.StandardInput.Close();
        return Finish(process);
    }

    /// <summary>Runs a shell script, which must succeed; what it printed.</summary>
    public static string Shell(string script) => Run("sh", "-ec", script);

    public static JsonNode BpftoolJson(params string[] arguments) => JsonNode.Parse(Run("bpftool", ["-j", "-f", .. arguments]))!;

    public static Process Start(string file, params string[] arguments) => Start(file, arguments, []);

    public static Process Start(string file, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(TryFind(file) ?? file, arguments)
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C";
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin";
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        return Process.Start(start)!;
    }

    /// <summary>Reads what a process still prints until it ends, so that it never waits for a reader.</summary>
    public static Outcome Finish(Process process)
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        WaitForExit(process);
        return new Outcome(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>
    /// The line with which a program says that it is ready; where it ends without one, the test fails with what it said instead.
    /// </summary>
    public static string FirstLine(Process process) => process.StandardOutput.ReadLine()
        ?? throw new InvalidOperationException($"{process.StartInfo.FileName} ended without a line: {process.StandardError.ReadToEnd()}");

    /// <summary>Ends a process by a signal.</summary>
    /// <returns>How it ended, with what had not been read of its output.</returns>
    public static Outcome End(Process process, string signal = "TERM")
    {
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Run("sh", "-c", $"kill -{signal} {process.Id}");
        bool ended = process.WaitForExit(EndLimit);
        if (!ended) process.Kill(entireProcessTree: true);
        Assert.True(ended, $"{process.StartInfo.FileName} goes on after {signal}");
        return new Outcome(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult());
    }

    /// <summary>
    /// Waits until a condition holds; a test that waits in vain fails. The pauses grow, as most conditions start a process to be known.
    /// </summary>
    public static void Until(Func<bool> condition, string what, int seconds = 30)
    {
        double limit = seconds * 1000 * Slowness.Factor, waited = 0;
        while (waited < limit)
        {
            if (condition()) return;
            int pause = (int)Math.Clamp(waited / 8, ShortestPause, LongestPause);
            Thread.Sleep(pause);
            waited += pause;
        }

        Assert.Fail($"never came: {what}");
    }

    /// <summary>The path of the first of the names that is installed.</summary>
    public static string Find(params string[] names) => names.Select(TryFind).FirstOrDefault(path => path is not null)
        ?? throw new FileNotFoundException($"none of {string.Join(", ", names)} is installed");

    /// <summary>The path of an installed program, or null: sbin directories are not in everyone's path.</summary>
    public static string? TryFind(string name) => name.Contains('/', StringComparison.Ordinal)
        ? File.Exists(name) ? name : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Concat(["/usr/sbin", "/sbin", "/usr/bin"])
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    private static void WaitForExit(Process process)
    {
        if (!process.WaitForExit(Limit))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)} does not end");
        }

        // Without a limit: until its output has been read, too.
        process.WaitForExit();
    }

    private static string Failure(string file, string[] arguments, Outcome outcome) =>
        $"{file} {string.Join(' ', arguments)}: exit {outcome.Code}\n{outcome.Error}\n{outcome.Output}";
}
