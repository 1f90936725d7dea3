# Skep. `make deps` installs what a build needs, as `make run` and `make test` do; everything that is made goes below out/.

CLANG	?= clang
DOTNET	?= dotnet
PREFIX	?= /usr/local
DEMO	?= 1
KERNEL	?= newest
CONFIG	:= Release
LINT_CHECKS ?= lines shell version study format

# The libbpf that is linked into the binary: a build with another fails.
LIBBPF_VERSION ?= 1.1.2

# apt packages: to build, and besides to test
BUILD_PACKAGES := clang llvm gcc libc6-dev libbpf-dev libelf-dev libsqlite3-dev zlib1g-dev iproute2 ethtool
SITE_PACKAGES  := pandoc
TEST_PACKAGES  := bpftool iproute2 libbpf-tools xdp-tools bpftrace strace tcpdump tshark nftables libpcap0.8 gcc-multilib \
		  util-linux git python3 libcap2-bin shellcheck openssl prometheus sqlite3 rsyslog systemd-journal-remote zsh fish chromium \
		  man-db groff-base curl etcd-server etcd-client jq iptables fail2ban sshguard crowdsec-custom-bouncer $(SITE_PACKAGES) \
		  $(if $(shell command -v npm),,npm)
PACK_PACKAGES  := debhelper elfutils jq xz-utils
IMAGE_PACKAGES := buildah debootstrap
PACK_TEST      := lintian gpg gpg-agent libcap2-bin iproute2 python3-yaml $(if $(shell command -v npm),,npm)
VM_PACKAGES    := qemu-system-x86 busybox-static cpio dpkg xz-utils binutils debootstrap

export DOTNET_CLI_TELEMETRY_OPTOUT := 1
export DOTNET_NOLOGO := 1
export RUN

MULTIARCH = $(shell gcc -print-multiarch 2>/dev/null)
BPF_CFLAGS = -O2 -g -Wall -Wextra -Werror -target bpf -mcpu=v3 -Ibpf $(if $(MULTIARCH),-I/usr/include/$(MULTIARCH))
BPF_SOURCES := $(wildcard bpf/*/*.bpf.c)
VERIFY := $(patsubst test/Skep.EndToEnd/Programs/%.bpf.c,out/vm/scenes/%.bpf.o,$(wildcard test/Skep.EndToEnd/Programs/verify/*.bpf.c))
VM_SCENES := $(addprefix out/vm/scenes/,calls calls32 beyond devices guarded multi signed links links.bpf.o pin token \
	congestion.bpf.o traced.bpf.o streams.bpf.o ringbuf_submit.insns tools-at-work) $(VERIFY)
OFFENSIVE := $(patsubst test/Skep.EndToEnd/Programs/%.bpf.c,out/vm/scenes/%.bpf.o,$(wildcard test/Skep.EndToEnd/Programs/offensive/*.bpf.c))
BPF_OBJECTS := $(patsubst %.bpf.c,out/bpf/%.bpf.o,$(notdir $(BPF_SOURCES)))
CS_SOURCES := $(shell find src -name '*.cs' -o -name '*.csproj' -o -name '*.props' 2>/dev/null) $(wildcard Directory.*)

.PHONY: run pack test test-pure test-samples fuzz test-vm vm vm-systemd vm-arm64 vm-parts build web bench bench-filter redirect-study \
	lint install man site deb tarball image release test-packages vm-packages clean demo deps test-deps vm-deps check lock public-api FORCE

run: deps
	@$(MAKE) --no-print-directory build demo
	./demo/run.sh $(DEMO)

build: check out/skep

demo: check out/demo/ringbuf_submit out/demo/ringbuf_submit.bpf.o out/demo/traffic

deps:
	@./build/packages.sh $(BUILD_PACKAGES)
	@./build/restore.sh
	@./build/web.sh fetch

test-deps:
	@./build/packages.sh $(BUILD_PACKAGES) $(TEST_PACKAGES)
	@./build/restore.sh
	@./build/web.sh fetch

# What is missing for a build, and the command that gets it; installs nothing.
check:
	@./build/packages.sh --check $(BUILD_PACKAGES)
	@./build/restore.sh --check

# Writes the packages.lock.json of all projects, after a change of packages, projects or SDK.
lock:
	$(DOTNET) restore Skep.slnx -v quiet --force-evaluate
	@touch out/restored

# Changes only when the version does, so that the binary is made anew for another commit, and not otherwise.
out/version: FORCE
	@mkdir -p $(@D)
	@./build/version.sh | cmp -s - $@ || ./build/version.sh >$@

# The agent's page: built anew when web/ changes, if there is npm.
out/web/state: FORCE
	@./build/web.sh optional

web:
	@./build/web.sh

vpath %.bpf.c $(sort $(dir $(BPF_SOURCES)))

out/bpf/%.bpf.o: %.bpf.c $(wildcard bpf/*/*.h)
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

out/native/%.o: src/Skep.Cli/Native/%.c
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror -fPIE -c $< -o $@

out/skep: $(BPF_OBJECTS) out/native/environment.o $(CS_SOURCES) out/version out/web/state
	@libraries=$$(./build/libbpf.sh $(LIBBPF_VERSION)) && ./build/progress.sh 'compiling out/skep' \
		$(DOTNET) publish src/Skep.Cli --no-restore -c $(CONFIG) -v quiet -o out/publish -p:StaticLibraries=$$libraries
	install -m 755 out/publish/skep $@
	@./build/check-binary.sh $@

out/demo/%.bpf.o: demo/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

out/demo/traffic: demo/traffic.c
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror $< -o $@

out/demo/%: demo/%.c demo/%.h
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror $< -o $@ -l:libbpf.a -l:libelf.a -l:libz.a

test: vm-deps
	@$(MAKE) --no-print-directory check $(BPF_OBJECTS) out/version out/web/state demo $(VM_SCENES)
	./test/run.sh all

# No root, no kernel: seconds.
test-pure: check $(BPF_OBJECTS) out/web/state
	./test/run.sh pure

# Hostile inputs: FUZZ_SECONDS for each kind, from FUZZ_SEED on; an input that fails is left in out/fuzz/.
fuzz: check $(BPF_OBJECTS)
	$(DOTNET) build test/Skep.Fuzz.Tests -c $(CONFIG) -v quiet
	FUZZ_SECONDS=$${FUZZ_SECONDS:-600} FUZZ_SEED=$${FUZZ_SEED:-$$(date +%s)} out/bin/Skep.Fuzz.Tests/$(CONFIG)/net10.0/Skep.Fuzz.Tests -noColor

# All machine tests on all kernels, in virtual machines: an hour. `make test` runs a choice of them.
test-vm: vm-parts
	@rm -rf out/vm/test-results
	./test/vm/run.sh all out/vm/test-results
	@./test/sum.sh out/vm/test-results

# One test (a part of its name), or a command of the shell, on one kernel: make vm KERNEL=6.1 TEST=WatchCallTests, or RUN='skep doctor'.
vm: vm-parts
	@$(if $(RUN),./test/vm/one.sh "$(KERNEL)" run "$$RUN",./test/vm/one.sh "$(KERNEL)" tests $(TEST))

# Below systemd, in a Debian that debootstrap makes once: make vm-systemd KERNEL=6.12, TEST= and RUN= as above.
vm-systemd: vm-deps
	@$(MAKE) --no-print-directory build out/vm/scenes/pin $(OFFENSIVE)
	$(DOTNET) build test/Skep.EndToEnd --no-restore -c $(CONFIG) -v quiet
	@$(if $(RUN),./test/vm/systemd.sh "$(KERNEL)" run "$$RUN",./test/vm/systemd.sh "$(KERNEL)" tests $(TEST))

# The BPF programs, compiled for arm64, in an emulated arm64: wants qemu-system-arm.
vm-arm64:
	@./build/packages.sh --check $(BUILD_PACKAGES) qemu-system-arm cpio
	@./test/vm/arm64.sh

vm-parts: vm-deps
	@$(MAKE) --no-print-directory build demo $(VM_SCENES)
	$(DOTNET) build test/Skep.EndToEnd --no-restore -c $(CONFIG) -v quiet

vm-deps:
	@./build/packages.sh $(BUILD_PACKAGES) $(TEST_PACKAGES) $(VM_PACKAGES)
	@./build/restore.sh

out/vm/scenes/congestion.bpf.o: test/Skep.EndToEnd/Programs/congestion.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(filter-out -Wextra -Werror,$(BPF_CFLAGS)) -c $< -o $@

out/vm/scenes/offensive/%.bpf.o: test/Skep.EndToEnd/Programs/offensive/%.bpf.c test/Skep.EndToEnd/Programs/offensive/offensive.h
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -Wno-unused-parameter -D__TARGET_ARCH_x86 -c $< -o $@

out/vm/scenes/verify/%.bpf.o: test/Skep.EndToEnd/Programs/verify/%.bpf.c test/Skep.EndToEnd/Programs/verify/verify.h
	@mkdir -p $(@D)
	$(CLANG) $(filter-out -Wextra -Werror,$(BPF_CFLAGS)) -D__TARGET_ARCH_x86 -c $< -o $@

out/vm/scenes/%.bpf.o: test/Skep.EndToEnd/Machine/Scenes/%.bpf.c
	@mkdir -p $(@D)
	$(CLANG) $(BPF_CFLAGS) -c $< -o $@

out/vm/scenes/ringbuf_submit.insns: out/demo/ringbuf_submit.bpf.o
	@mkdir -p $(@D)
	llvm-objcopy -O binary --only-section=tracepoint/syscalls/sys_enter_execve $< $@

out/vm/scenes/tools-at-work: test/Skep.EndToEnd/Machine/Scenes/tools-at-work
	install -D -m 755 $< $@

out/vm/scenes/calls32: test/Skep.EndToEnd/Machine/Scenes/calls.c test/Skep.EndToEnd/Machine/Scenes/calls.h
	@mkdir -p $(@D)
	gcc -m32 -O2 -Wall -Wextra -Werror -static $< -o $@

out/vm/scenes/%: test/Skep.EndToEnd/Machine/Scenes/%.c test/Skep.EndToEnd/Machine/Scenes/calls.h
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror $< -o $@ -l:libbpf.a -l:libelf.a -l:libz.a

out/vm/scenes/token: test/Skep.EndToEnd/Programs/token.c test/Skep.EndToEnd/Programs/calls.h
	@mkdir -p $(@D)
	gcc -O2 -Wall -Wextra -Werror $< -o $@

bench: build
	./bench/run.sh
	./bench/filter.sh

# What filters cost, side by side; QUICK=1 for a first look.
bench-filter: build
	./bench/filter.sh

# Where rules send packets, between network namespaces and between virtual machines: study/results, docs/redirect-study.md. Some minutes.
redirect-study: vm-deps build
	@./build/packages.sh iptables
	./study/redirect.sh netns
	./study/virtio.sh
	./study/redirect.sh guests
	./study/document.sh

# The NuGet packages Skep.Isa and Skep.Bpf, in out/packages; REPOSITORY_URL is the address of the repository that they name.
pack: check
	@./build/pack.sh

# The samples, built from the packages and run; needs root.
test-samples: check
	@rm -rf out/samples/test-results
	@./test/samples/run.sh out/samples/test-results
	@./test/sum.sh out/samples/test-results

# After a change of what Skep.Isa or Skep.Bpf show to users of the packages.
public-api:
	@./build/public-api.sh

# What `dotnet format` would change, long lines and files, shell scripts. LINT_CHECKS names the checks.
lint: check $(BPF_OBJECTS)
	@./build/lint.sh $(LINT_CHECKS)

install: man
	./build/stage.sh '$(DESTDIR)' '$(PREFIX)'

# The pages of the manual, in out/man.
man: build
	@rm -rf out/man && mkdir -p out/man
	@for page in $$(out/skep __man); do out/skep __man $$page >out/man/$$page.8 || exit 1; done

# The documentation as static HTML, in out/site; REPOSITORY_URL is the address of the repository that links to other files lead to.
site:
	@./build/packages.sh $(SITE_PACKAGES)
	@./build/site.sh

# Packages, in out/packages; their version and all times in them are the commit's. docs/install.md
deb: man
	@./build/packages.sh $(PACK_PACKAGES)
	./build/deb.sh

tarball: man
	@./build/packages.sh $(PACK_PACKAGES)
	./build/tarball.sh

# Needs root, as debootstrap does.
image: man
	@./build/packages.sh $(PACK_PACKAGES) $(IMAGE_PACKAGES)
	./build/image.sh

# Of the tag vX.Y.Z: all packages with their checksums, signed by RELEASE_KEY, in out/release. CONTRIBUTING.md
release: man
	@./build/packages.sh $(PACK_PACKAGES) $(IMAGE_PACKAGES) $(PACK_TEST)
	./build/release.sh

# Installs, runs and removes each package in a clean Debian; needs root.
test-packages: man
	@./build/packages.sh $(PACK_PACKAGES) $(IMAGE_PACKAGES) $(PACK_TEST)
	./test/packages/run.sh

# The package below systemd: what it enables, starts, upgrades, stops; and over boots of one disk. KERNEL as in `make vm`.
vm-packages: vm-deps man
	@./build/packages.sh $(PACK_PACKAGES) e2fsprogs
	./test/packages/systemd.sh "$(KERNEL)"
	./test/packages/reboot.sh "$(KERNEL)"

clean:
	rm -rf out
