using System.Security.Cryptography;
using System.Text.Json;
using Skep.EndToEnd.Support;

namespace Skep.EndToEnd.Watch;

/// <summary><c>--save</c>: each program once, in files that other tools read.</summary>
public sealed class SaveTests
{
    [Fact]
    public void Each_program_is_kept_once_by_its_hash()
    {
        using var scratch = new Scratch();
        string directory = scratch.File("programs"), loader = CProgram.Path("loads.c");
        Watched watched = SkepBinary.Watch(
            $"--insns --save {directory}", "sh", "-c",
                $"{loader} poster; {loader} reject 0 0; {loader} reject 1 4096; {loader} many 5000 1").Succeeded();
        JsonElement[] loads = [.. watched.Of("prog_load")];
        Assert.Equal(4, loads.Length);
        Assert.Equal(loads[1].Text("prog.sha256"), loads[2].Text("prog.sha256"));
        string[] hashes = [.. loads.Select(e => e.Text("prog.sha256")!).Distinct().Order()];
        Assert.Equal(hashes.SelectMany(h => new[] { $"{h}.bin", $"{h}.json", $"{h}.o" }).Order(),
            Directory.GetFiles(directory).Select(f => Path.GetFileName(f)!).Order());
        Assert.All(loads, e =>
        {
            string name = Path.Combine(directory, e.Text("prog.sha256")!);
            byte[] bytes = File.ReadAllBytes(name + ".bin");
            Assert.True(bytes.AsSpan().SequenceEqual(e.Insns()));
            JsonElement about = Json.Parse(File.ReadAllText(name + ".json"));
            Assert.Equal(e.Text("prog.name"), about.Text("prog.name"));
            Assert.Equal(e.Text("prog.tag"), about.Text("prog.tag"));
            AssertObject(name + ".o", bytes, scratch);
        });
    }

    // llvm's tools find the same bytes in the object, and disassemble all of them.
    private static void AssertObject(string file, byte[] bytes, Scratch scratch)
    {
        string headers = Tool.Run("llvm-readelf", "-h", "-S", "-s", file);
        Assert.Contains("EM_BPF", headers, StringComparison.Ordinal);
        string section = Tool.Run("llvm-readelf", "-S", "-W", file).Split('\n').First(l => l.Contains(" AX ", StringComparison.Ordinal))
            .Split(']')[1].Trim().Split(' ')[0];
        string code = scratch.File("code");
        Tool.Run("llvm-objcopy", "-O", "binary", $"--only-section={section}", file, code);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(bytes)), Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(code))));
        string disassembly = Tool.Run("llvm-objdump", "-d", file);
        // One line an instruction: eight bytes, or sixteen of a wide load.
        byte[] listed = Convert.FromHexString(string.Concat(disassembly.Split('\n').Where(l => l.StartsWith(' ')
            && l.Contains('\t', StringComparison.Ordinal))
            .Select(l => l.Split('\t')[1].Replace(" ", "", StringComparison.Ordinal))));
        Assert.True(bytes.AsSpan().SequenceEqual(listed), disassembly[..Math.Min(2000, disassembly.Length)]);
        Assert.DoesNotContain("unknown", disassembly, StringComparison.Ordinal);
    }
}
