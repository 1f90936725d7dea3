using System.Diagnostics;

namespace Skep.Watch.Tests.Support;

/// <summary>Programs that the tests ask: oracles that nobody here wrote.</summary>
internal static class Tool
{
    public static string Run(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{tool} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{error.Result}");
        return output;
    }

    /// <summary>What a program writes, whether it fails or not.</summary>
    public static string Output(string tool, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode is 0 or 1 ? output : $"{output}exit {process.ExitCode}";
    }

    /// <summary>What a program says of what is wrong, whether it fails or not.</summary>
    public static string Failing(string tool, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(tool, arguments) { RedirectStandardError = true })!;
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return error;
    }

    // sbin directories are not in everyone's path.
    public static string Find(params string[] names)
    {
        string[] directories = [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/bin"];
        foreach (string name in names)
            foreach (string directory in directories)
                if (File.Exists(Path.Combine(directory, name))) return Path.Combine(directory, name);
        throw new FileNotFoundException($"none of {string.Join(", ", names)} is installed");
    }
}
