using System.Diagnostics;
using Skep.Cli.Common;

namespace Skep.Cli.Tests;

/// <summary>Runs the built program in a process of its own.</summary>
internal static class Invocation
{
    /// <summary>The words that start the tool: <c>$SKEP</c>, or, where there is none, what the tests are built with.</summary>
    public static string[] Skep { get; } = Environment.GetEnvironmentVariable("SKEP") is { Length: > 0 } path
        ? [path] : ["dotnet", typeof(ExitCode).Assembly.Location];

    public static (int Code, string Output, string Error) Run(params string[] arguments) => RunWith("", arguments);

    public static (int Code, string Output, string Error) RunWith(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(Skep[0], [.. Skep[1..], .. arguments])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
