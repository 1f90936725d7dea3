using System.Text.Json;


namespace Skep.EndToEnd.Support;

/// <summary>The names that libbpf gives to types, which bpftool prints, and glibc to errors.</summary>
internal static class KernelNames
{
    private static readonly Lazy<JsonElement> Names = new(() => Json.Parse(Tool.Run(CProgram.Path("names.c", "-lbpf"))));

    public static string Program(uint type) => Of("prog", type);

    public static string Map(uint type) => Of("map", type);

    public static string Link(uint type) => Of("link", type);

    public static string Attach(uint type) => Of("attach", type);

    /// <summary>Of what a system call returned: a negative number.</summary>
    public static string Error(long returned) => Of("error", (uint)-returned);

    private static string Of(string what, uint type) => Names.Value.GetProperty(what)[(int)type].GetString()!;
}
