using System;
using System.Diagnostics;

namespace Skep.Isa.Tests.Oracles;

/// <summary>Runs a program of the machine and returns what it printed.</summary>
internal static class Tool
{
    public static string Run(string file, params string[] arguments)
    {
        var (code, output, error) = TryRun(file, arguments);
        Assert.True(code == 0, $"{file} {string.Join(' ', arguments)}: exit code {code}: {error}");
        return output;
    }

    public static (int Code, string Output, string Error) TryRun(string file, params string[] arguments)
    {
        using var process = Start(file, arguments);
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    public static Process Start(string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["LC_ALL"] = "C";
        return Process.Start(start)!;
    }

    /// <summary>A file that the tests bring along.</summary>
    public static string Program(string name) => Path.Combine(AppContext.BaseDirectory, "Programs", name);
}

/// <summary>A directory that lasts as long as a test.</summary>
internal sealed class Scratch : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("skep-isa-");

    public string File(string name) => Path.Combine(_directory.FullName, name);

    public void Dispose() => _directory.Delete(recursive: true);
}
