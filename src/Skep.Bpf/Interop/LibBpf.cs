using System.Runtime.InteropServices;

namespace Skep.Bpf.Interop;

/// <summary>libbpf 1.1's calls (bpf/libbpf.h). Pointers to its opaque structures are <c>nint</c>.</summary>
internal static unsafe partial class LibBpf
{
    static LibBpf() => BpfLibraries.Register();

    /// <summary><c>struct bpf_object_open_opts</c> of libbpf 1.1.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct bpf_object_open_opts
    {
        public nuint sz;
        public byte* object_name;
        public byte relaxed_maps;
        public byte* pin_root_path;
        public uint unused;
        public byte* kconfig;
        public byte* btf_custom_path;
        public byte* kernel_log_buf;
        public nuint kernel_log_size;
        public uint kernel_log_level;
    }

    [LibraryImport("bpf")]
    internal static partial nint libbpf_set_print(delegate* unmanaged<int, byte*, nint, int> fn);

    [LibraryImport("bpf")]
    internal static partial byte* libbpf_version_string();

    [LibraryImport("bpf", SetLastError = true)]
    internal static partial nint bpf_object__open_mem(byte* obj_buf, nuint obj_buf_sz, bpf_object_open_opts* opts);

    [LibraryImport("bpf", SetLastError = true)]
    internal static partial int bpf_object__load(nint obj);

    [LibraryImport("bpf")]
    internal static partial void bpf_object__close(nint obj);

    [LibraryImport("bpf")]
    internal static partial nint bpf_object__next_program(nint obj, nint prev);

    [LibraryImport("bpf")]
    internal static partial nint bpf_object__next_map(nint obj, nint prev);

    [LibraryImport("bpf")]
    internal static partial nint bpf_object__btf(nint obj);

    [LibraryImport("bpf")]
    internal static partial byte* btf__raw_data(nint btf, uint* size);

    [LibraryImport("bpf")]
    internal static partial byte* bpf_program__name(nint prog);

    [LibraryImport("bpf")]
    internal static partial byte* bpf_program__section_name(nint prog);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__set_type(nint prog, uint type);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__set_expected_attach_type(nint prog, uint type);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__set_log_level(nint prog, uint log_level);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__set_log_buf(nint prog, byte* log_buf, nuint log_size);

    [LibraryImport("bpf")]
    internal static partial byte bpf_program__autoload(nint prog);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__set_autoload(nint prog, byte autoload);

    [LibraryImport("bpf")]
    internal static partial byte* bpf_program__insns(nint prog);

    [LibraryImport("bpf")]
    internal static partial nuint bpf_program__insn_cnt(nint prog);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__fd(nint prog);

    [LibraryImport("bpf")]
    internal static partial uint bpf_program__type(nint prog);

    [LibraryImport("bpf")]
    internal static partial uint bpf_program__expected_attach_type(nint prog);

    [LibraryImport("bpf")]
    internal static partial int bpf_program__set_attach_target(nint prog, int attach_prog_fd, byte* attach_func_name);

    [LibraryImport("bpf", SetLastError = true)]
    internal static partial nint bpf_program__attach(nint prog);

    [LibraryImport("bpf")]
    internal static partial int bpf_link__fd(nint link);

    [LibraryImport("bpf")]
    internal static partial int bpf_link__destroy(nint link);

    [LibraryImport("bpf")]
    internal static partial byte* bpf_map__name(nint map);

    [LibraryImport("bpf")]
    internal static partial uint bpf_map__type(nint map);

    [LibraryImport("bpf")]
    internal static partial uint bpf_map__key_size(nint map);

    [LibraryImport("bpf")]
    internal static partial uint bpf_map__value_size(nint map);

    [LibraryImport("bpf")]
    internal static partial uint bpf_map__max_entries(nint map);

    [LibraryImport("bpf")]
    internal static partial int bpf_map__set_max_entries(nint map, uint max_entries);

    [LibraryImport("bpf")]
    internal static partial ulong bpf_map__map_extra(nint map);

    [LibraryImport("bpf")]
    internal static partial int bpf_map__set_map_extra(nint map, ulong map_extra);

    [LibraryImport("bpf")]
    internal static partial byte bpf_map__autocreate(nint map);

    [LibraryImport("bpf")]
    internal static partial int bpf_map__set_autocreate(nint map, byte autocreate);

    [LibraryImport("bpf")]
    internal static partial int bpf_map__reuse_fd(nint map, int fd);

    [LibraryImport("bpf")]
    internal static partial int bpf_map__set_pin_path(nint map, byte* path);

    [LibraryImport("bpf")]
    internal static partial byte bpf_map__is_internal(nint map);

    [LibraryImport("bpf")]
    internal static partial int bpf_map__fd(nint map);

    [LibraryImport("bpf")]
    internal static partial byte* bpf_map__initial_value(nint map, nuint* psize);
}
