namespace Skep.Isa.Tests.Oracles;

/// <summary>Compiles one of the C programs that the tests bring along, feeds it and returns what it printed.</summary>
internal static class CProgram
{
    public static string Run(string source, string[] libraries, string[] arguments, ReadOnlySpan<byte> input)
    {
        using var scratch = new Scratch();
        var file = scratch.File("program");
        Tool.Run("clang", ["-O1", "-Wall", "-Werror", Tool.Program(source), "-o", file, .. libraries]);
        using var process = Tool.Start(file, arguments);
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.GetAwaiter().GetResult();
    }
}
