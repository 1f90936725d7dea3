using System.Diagnostics;

namespace Skep.Filter.Tests.Packets;

/// <summary>Runs programs that nobody here wrote, to compare with.</summary>
internal static class Tool
{
    internal static byte[] Run(string program, byte[] input, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = new MemoryStream();
        var copying = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        copying.Wait();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {errors.Result}");
        return output.ToArray();
    }

    /// <summary>Skips the test where the program is not installed, except in CI.</summary>
    internal static void Need(string program)
    {
        var isThere = Environment.GetEnvironmentVariable("PATH")!.Split(':').Append("/usr/sbin").Any(d => File.Exists(Path.Combine(d, program)));
        if (Environment.GetEnvironmentVariable("CI") is null) Assert.SkipUnless(isThere, $"{program} is not installed");
        Assert.True(isThere, $"{program} is not installed");
    }
}
