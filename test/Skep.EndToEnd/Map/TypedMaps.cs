namespace Skep.EndToEnd.Map;

/// <summary>Maps of many types with entries, pinned: those of Programs/typed.bpf.c.</summary>
public sealed class TypedMaps : IDisposable
{
    private static int s_count;

    private readonly string _pins = $"/sys/fs/bpf/skep-typed-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";

    public TypedMaps()
    {
        Requires.Root();
        Requires.Installed("bpftool");
        Directory.CreateDirectory(_pins);
        Tool.Run("bpftool", "prog", "loadall", CProgram.Object("typed.bpf.c"), $"{_pins}/programs", "pinmaps", $"{_pins}/maps");
        using var scratch = new Scratch();
        File.WriteAllBytes(scratch.File("packet"), new byte[64]);
        Tool.Run("bpftool", "prog", "run", "pinned", Program("populate"), "data_in", scratch.File("packet"));
    }

    public string Map(string name) => $"{_pins}/maps/{name}";

    public string Program(string name) => $"{_pins}/programs/{name}";

    public void Dispose() => Tool.Try("rm", "-r", _pins);
}
