using System.Diagnostics;
using Skep.Cli.Common;

namespace Skep.Cli.Tests;

/// <summary>Runs the built program in a process of its own.</summary>
internal static class Invocation
{
    public static (int Code, string Output, string Error) Run(params string[] arguments) => RunWith("", arguments);

    public static (int Code, string Output, string Error) RunWith(string input, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(ExitCode).Assembly.Location, .. arguments])
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
